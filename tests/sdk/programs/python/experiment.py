"""An experiment over local data: a trace an item, scores of items and of the run."""

import json

from langfuse import Evaluation, get_client

DATA = [
    {"input": "2 + 2", "expected_output": "four", "metadata": {"level": "easy"}},
    {"input": "3 * 3", "expected_output": "nine", "metadata": {"level": "hard"}},
]


def task(*, item, **_):  # noqa: ANN001, ANN003, ANN201 - as users write it
    return {"2 + 2": "four", "3 * 3": "six"}[item["input"]]


def exact(*, output, expected_output, **_):  # noqa: ANN001, ANN003, ANN201
    return Evaluation(name="exact", value=1.0 if output == expected_output else 0.0)


def accuracy(*, item_results, **_):  # noqa: ANN001, ANN003, ANN201
    values = [evaluation.value for result in item_results for evaluation in result.evaluations]
    return Evaluation(name="accuracy", value=sum(values) / len(values))


langfuse = get_client()
result = langfuse.run_experiment(
    name="sums", data=DATA, task=task, evaluators=[exact], run_evaluators=[accuracy], metadata={"model": "m"}
)
langfuse.flush()
print(
    json.dumps(
        {
            "name": result.run_name,
            "traces": {one.item["input"]: one.trace_id for one in result.item_results},
        }
    )
)
