#!/usr/bin/env python3
"""Draws what the table of evidence shows: behaviours by product, probes by information gain, and how far engines differ.

    stews export csv --recordings fingerprints/recordings --output evidence.csv
    python docs/figures.py evidence.csv --output figures/

Needs pandas and matplotlib. What is drawn is also printed, so that it can be checked without looking.
"""

import argparse
import math
import pathlib

import matplotlib

matplotlib.use("Agg")  # No screen is needed.
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

LIGHT_RISKS = ["polite", "malformed"]


def read(path):
    """The rows of all light probes, with all values as text."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return table[table["risk"].isin(LIGHT_RISKS)]


def usual_answers(table, column="observation"):
    """By version (rows) and probe (columns), the answer that most runs gave; of several as frequent, the first by its text."""
    table = table.assign(share=table["share"].astype(float))
    table = table.sort_values(["share", "observation"], ascending=[False, True])
    first = table.drop_duplicates(["engine", "product", "version", "probe"])
    return first.pivot(index=["engine", "product", "version"], columns="probe", values=column)


def with_reactions(table):
    """What a server did, without how its handshakes are written: the status, what came afterwards, and the end."""
    status = table["status"].where(table["reply"] != "usual", "101").where(table["reply"] != "bytes", "no HTTP")
    return table.assign(reaction=status + " " + table["events"] + " | " + table["ending"])


def behaviours(answers):
    """How many different rows of answers each product has. What a version was not asked differs from nothing."""
    counts = {}
    for product, rows in answers.groupby(level="product"):
        shared = rows.dropna(axis="columns", how="any")
        counts[product] = len(shared.drop_duplicates())
    return pd.Series(counts).sort_values(ascending=False)


def information_gain(answers):
    """Bits that each probe tells about the engine, each engine counting once and its versions sharing that."""
    engines = answers.index.get_level_values("engine")
    weight = 1.0 / pd.Series(engines).map(pd.Series(engines).value_counts()).to_numpy()
    gains = {}
    for probe in answers.columns:
        asked = answers[probe].notna().to_numpy()
        if len(set(engines[asked])) < 2:
            continue
        rows = pd.DataFrame({"engine": engines[asked], "answer": answers[probe][asked].to_numpy(), "weight": weight[asked]})
        joint = rows.groupby(["engine", "answer"])["weight"].sum()
        gains[probe] = entropy(rows.groupby("engine")["weight"].sum()) + entropy(
            rows.groupby("answer")["weight"].sum()
        ) - entropy(joint)
    return pd.Series(gains).sort_values(ascending=False)


def entropy(weights):
    shares = weights / weights.sum()
    return -sum(share * math.log2(share) for share in shares if share > 0)


def distances(answers):
    """The share of the probes that both were asked which the newest versions of two engines answer differently."""
    newest = answers.groupby(level="engine").tail(1)
    names = list(newest.index.get_level_values("engine"))
    values = newest.fillna("").to_numpy()
    asked = newest.notna().to_numpy()
    both = asked[:, None, :] & asked[None, :, :]
    differ = both & (values[:, None, :] != values[None, :, :])
    share = differ.sum(axis=2) / np.maximum(both.sum(axis=2), 1)
    return pd.DataFrame(share, index=names, columns=names)


def by_likeness(matrix):
    """The engines in an order in which each stands beside the nearest one that is left."""
    left = list(matrix.index)
    order = [left.pop(0)]
    while left:
        nearest = min(left, key=lambda name: matrix.at[order[-1], name])
        left.remove(nearest)
        order.append(nearest)
    return matrix.loc[order, order]


def bars(values, title, label, path):
    figure, axes = plt.subplots(figsize=(8, 0.22 * len(values) + 1.2))
    axes.barh([str(name) for name in values.index][::-1], values.to_numpy()[::-1], color="#2b6cb0")
    axes.set_title(title)
    axes.set_xlabel(label)
    axes.tick_params(labelsize=8)
    axes.margins(y=0.01)
    for side in ["top", "right"]:
        axes.spines[side].set_visible(False)
    save(figure, path)


def heat(matrix, title, path):
    figure, axes = plt.subplots(figsize=(13, 12))
    image = axes.imshow(matrix.to_numpy(), cmap="viridis", vmin=0, vmax=1)
    axes.set_xticks(range(len(matrix)), matrix.columns, rotation=90, fontsize=5)
    axes.set_yticks(range(len(matrix)), matrix.index, fontsize=5)
    axes.set_title(title)
    figure.colorbar(image, ax=axes, shrink=0.6, label="share of the probes that differ")
    save(figure, path)


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)
    print(f"wrote {path.name}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=pathlib.Path, help="what `stews export csv` wrote")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("figures"), help="the folder for pictures")
    given = parser.parse_args()
    table = with_reactions(read(given.table))
    answers = usual_answers(table)
    given.output.mkdir(parents=True, exist_ok=True)

    counts = behaviours(answers)
    print(f"{len(counts)} products, {len(answers)} versions, {counts.sum()} behaviours")
    bars(counts.head(40), "Different behaviours among the recorded versions", "behaviours, banners included", given.output / "behaviours.png")

    gains = information_gain(answers)
    print(gains.head(10).round(2).to_string())
    bars(gains.head(40), "What one probe tells about the engine", "information gain, bits", given.output / "information_gain.png")

    matrix = by_likeness(distances(usual_answers(table, "reaction")))
    heat(matrix, "How differently the newest recorded versions of two engines act", given.output / "engines.png")


if __name__ == "__main__":
    main()
