from newskit.corpus.tokens import Tokens, tokenize
from newskit.corpus.cleaning import clean, scrub
from newskit.corpus.describe import describe_articles
