"""What goes with `TopicModel`, as `nk.topics`: topics from run to run, over time and by source, their entities."""

from newskit.analysis.topic_runs import TopicRun, carry_on, try_newest
from newskit.analysis.topic_tables import topic_entities as entities
from newskit.analysis.topic_tables import topic_movement as movement
from newskit.analysis.topic_tables import topics_by_period as by_period
from newskit.analysis.topic_tables import topics_by_source as by_source

__all__ = ["TopicRun", "by_period", "by_source", "carry_on", "entities", "movement", "try_newest"]
