"""What goes with `TopicModel`, as `nk.topics`: topics over time and by source, their entities, movement between runs."""

from newskit.analysis.topic_tables import topic_entities as entities
from newskit.analysis.topic_tables import topic_movement as movement
from newskit.analysis.topic_tables import topics_by_period as by_period
from newskit.analysis.topic_tables import topics_by_source as by_source

__all__ = ["by_period", "by_source", "entities", "movement"]
