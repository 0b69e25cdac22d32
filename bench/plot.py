"""Delay against rate, a panel per scenario."""

from pathlib import Path

from bench.report import Results
from bench.scenarios import SCENARIOS
from bench.search import P95_MS, dirt

LINES = {"p50": "tab:blue", "p95": "tab:orange", "p99": "tab:red"}
COLUMNS = 3


def draw(results: Results, file: Path) -> bool:
    """Writes the picture; false where there is nothing to draw."""
    import matplotlib as mpl

    mpl.use("svg")
    # the same figures make the same file
    mpl.rcParams["svg.hashsalt"] = "bijli-setu"
    from matplotlib import pyplot

    panels = [
        (name, results.points(name))
        for name in SCENARIOS
        if SCENARIOS[name].kind == "rate" and len(results.points(name)) > 1
    ]
    if not panels:
        return False
    rows = -(-len(panels) // COLUMNS)
    figure, axes = pyplot.subplots(rows, COLUMNS, figsize=(12, 3.2 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, (name, points) in zip(axes.flat, panels, strict=False):
        rates = [point["rate"] for point in points]
        for line, colour in LINES.items():
            values = [max(1.0, point["reply"][line]) for point in points]
            axis.plot(rates, values, ".-", color=colour, label=line, linewidth=1)
        unclean = [point for point in points if dirt(point)]
        heights = [max(1.0, point["reply"]["p95"]) for point in unclean]
        axis.plot([point["rate"] for point in unclean], heights, "x", color="black", label="not clean")
        axis.axhline(P95_MS, color="grey", linewidth=0.6, linestyle="--")
        axis.set_yscale("log")
        axis.set_title(f"{name}: {SCENARIOS[name].says}", fontsize=8)
        axis.set_xlabel("conversations per second", fontsize=8)
        axis.set_ylabel("reply, ms", fontsize=8)
        axis.tick_params(labelsize=7)
    axes.flat[0].legend(fontsize=7)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    return True
