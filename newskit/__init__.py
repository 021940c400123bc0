"""newskit: read, clean and explore news text, also text that arrives scrubbed of case, digits and punctuation.

Import it as `import newskit as nk`: every public name is here. Heavy libraries (matplotlib, nltk, ftfy, scikit-learn) are
imported by the functions that need them, when they need them.
"""

from newskit.analysis import labels, stances, topics
from newskit.analysis.agreement import agreement
from newskit.analysis.card import corpus_card
from newskit.analysis.collocations import find_collocations
from newskit.analysis.concordance import keyword_in_context
from newskit.analysis.entities import entity_contexts, entity_frequency, entity_timeline
from newskit.analysis.entity_statistics import entity_changes, entity_pairs
from newskit.analysis.evaluation import evaluate_stance
from newskit.analysis.frequency import word_frequency
from newskit.analysis.positions import tag_stance
from newskit.analysis.recovery import compare_scrubbed
from newskit.analysis.sampling import sample_for_labelling
from newskit.analysis.stance import score_stance
from newskit.analysis.topic_model import TopicModel
from newskit.analysis.topic_number import choose_n_topics
from newskit.corpus import cleaning
from newskit.corpus.articles import ArticlesError
from newskit.corpus.cleaning import clean, scrub
from newskit.corpus.describe import describe_articles
from newskit.corpus.reading import read_articles, reading_report
from newskit.corpus.sample import sample_articles
from newskit.corpus.tokens import Tokens, tokenize
from newskit.publish import plots
from newskit.publish.figures import export_figure
from newskit.publish.highlight import highlight_stances
from newskit.publish.labelling import label_stance
from newskit.publish.provenance import fingerprint, read_provenance
from newskit.publish.show import show
from newskit.publish.tables import export_table, read_table
from newskit.rerun import scale
from newskit.rerun.ledger import open_ledger
from newskit.tagging.attributions import find_attributions
from newskit.tagging.entities import find_entities
from newskit.tagging.names import link_entities, linking_report
from newskit.tagging.readable import make_readable
from newskit.tagging.sentences import split_sentences
from newskit.version import __version__ as __version__

__all__ = [
    "ArticlesError",
    "Tokens",
    "TopicModel",
    "agreement",
    "choose_n_topics",
    "clean",
    "cleaning",
    "compare_scrubbed",
    "corpus_card",
    "describe_articles",
    "entity_changes",
    "entity_contexts",
    "entity_frequency",
    "entity_pairs",
    "entity_timeline",
    "evaluate_stance",
    "export_figure",
    "export_table",
    "find_attributions",
    "find_collocations",
    "find_entities",
    "fingerprint",
    "highlight_stances",
    "keyword_in_context",
    "label_stance",
    "labels",
    "link_entities",
    "linking_report",
    "make_readable",
    "open_ledger",
    "plots",
    "read_articles",
    "read_provenance",
    "read_table",
    "reading_report",
    "sample_articles",
    "sample_for_labelling",
    "scale",
    "score_stance",
    "scrub",
    "show",
    "split_sentences",
    "stances",
    "tag_stance",
    "tokenize",
    "topics",
    "word_frequency",
]
