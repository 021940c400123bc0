"""What goes with `tag_stance`, as `nk.stances`: targets, reports, counts, scores, refitting on people's labels."""

from newskit.analysis.measured import measured
from newskit.analysis.positions import stance_report as report
from newskit.analysis.proposals import propose_targets
from newskit.analysis.refit import RefittedStance, learning_curve, refit_stance
from newskit.analysis.stance_summary import stance_summary as summary
from newskit.analysis.targets import read_targets

__all__ = ["RefittedStance", "learning_curve", "measured", "propose_targets", "read_targets", "refit_stance", "report", "summary"]
