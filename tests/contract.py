"""The answer of a route and the shape that clients rely on in, what is wrong with the answer out.

A shape maps every key to what its value must be; a key too many is as wrong as one that is missing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any], bool]
Shape = Mapping[str, Any]
Json = Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def mismatches(value: Json, shape: Any, path: str = "$") -> Iterator[str]:
    """Yield where `value` departs from `shape`: a mapping of keys, a list of one shape, or a check."""
    if isinstance(shape, Mapping):
        yield from _of_object(value, shape, path)
    elif isinstance(shape, list):
        yield from _of_list(value, shape[0], path)
    elif not shape(value):
        yield f"{path} is {value!r}"


def _of_object(value: Json, shape: Shape, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is no object: {value!r}"
        return
    yield from (f"{path}.{key} is missing" for key in shape.keys() - value.keys())
    yield from (f"{path}.{key} is one too many" for key in value.keys() - shape.keys())
    for key in shape.keys() & value.keys():
        yield from mismatches(value[key], shape[key], f"{path}.{key}")


def _of_list(value: Json, shape: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        yield f"{path} is no list with something in it: {value!r}"
        return
    for index, item in enumerate(value):
        yield from mismatches(item, shape, f"{path}[{index}]")


def text(value: Json) -> bool:
    return isinstance(value, str)


def whole(value: Json) -> bool:
    return type(value) is int


def number(value: Json) -> bool:
    return type(value) in (int, float)


def flag(value: Json) -> bool:
    return isinstance(value, bool)


def moment(value: Json) -> bool:
    return isinstance(value, str) and MOMENT.fullmatch(value) is not None


def mapping(value: Json) -> bool:
    return isinstance(value, dict)


def texts(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def anything(value: Json) -> bool:
    return True


def absent(value: Json) -> bool:
    return value is None


def maybe(check: Check) -> Check:
    """The same, or null."""
    return lambda value: value is None or check(value)


META = {"page": whole, "limit": whole, "totalItems": whole, "totalPages": whole}

TRACE = {
    "id": text,
    "externalId": absent,
    "timestamp": moment,
    "name": maybe(text),
    "userId": maybe(text),
    "sessionId": maybe(text),
    "metadata": mapping,
    "release": maybe(text),
    "version": maybe(text),
    "projectId": text,
    "environment": text,
    "public": flag,
    "bookmarked": flag,
    "tags": texts,
    "input": anything,
    "output": anything,
    "createdAt": moment,
    "updatedAt": moment,
}
OBSERVATION = {
    **dict.fromkeys(("id", "projectId", "traceId", "type", "environment", "level", "unit"), text),
    **dict.fromkeys(("parentObservationId", "name", "version", "statusMessage", "model"), maybe(text)),
    **dict.fromkeys(("promptId", "promptName", "modelId"), maybe(text)),
    **dict.fromkeys(("usagePricingTierId", "usagePricingTierName"), maybe(text)),
    **dict.fromkeys(("startTime", "createdAt", "updatedAt"), moment),
    **dict.fromkeys(("endTime", "completionStartTime"), maybe(moment)),
    **dict.fromkeys(("input", "output"), anything),
    **dict.fromkeys(("metadata", "usageDetails", "costDetails"), mapping),
    "modelParameters": maybe(mapping),
    "promptVersion": maybe(whole),
    "usage": {"unit": text, "input": whole, "output": whole, "total": whole},
    **dict.fromkeys(("promptTokens", "completionTokens", "totalTokens"), whole),
    **dict.fromkeys(
        ("inputPrice", "outputPrice", "totalPrice", "latency", "timeToFirstToken"), maybe(number)
    ),
    **dict.fromkeys(("calculatedInputCost", "calculatedOutputCost", "calculatedTotalCost"), maybe(number)),
}
SCORE = {
    **dict.fromkeys(("id", "projectId", "name", "dataType", "source", "environment"), text),
    **dict.fromkeys(("traceId", "observationId", "sessionId", "datasetRunId", "authorUserId"), maybe(text)),
    **dict.fromkeys(("comment", "configId", "queueId", "executionTraceId", "stringValue"), maybe(text)),
    **dict.fromkeys(("timestamp", "createdAt", "updatedAt"), moment),
    "metadata": mapping,
    "value": number,
}
CORE_OF_SCORE_V3 = {
    **dict.fromkeys(("id", "projectId", "name", "dataType", "source", "environment"), text),
    **dict.fromkeys(("timestamp", "createdAt", "updatedAt"), moment),
    "value": lambda value: text(value) or number(value) or flag(value),
}
SCORE_V3 = {
    **CORE_OF_SCORE_V3,
    **dict.fromkeys(("comment", "configId", "authorUserId", "queueId"), maybe(text)),
    "metadata": mapping,
    "subject": maybe(mapping),
}
TEXT_SCORE = {key: check for key, check in SCORE.items() if key != "value"} | {"stringValue": text}
OF_SCORE = {"userId": maybe(text), "tags": texts, "environment": text}
WITH_DETAILS = {**TRACE, "htmlPath": text, "latency": number, "totalCost": number}
LISTED_TRACE = {**WITH_DETAILS, "observations": [text], "scores": [text]}
WHOLE_TRACE = {
    **WITH_DETAILS,
    "observations": [OBSERVATION | dict.fromkeys(("inputPrice", "outputPrice", "totalPrice"), number)],
    "scores": [SCORE],
}
EXPERIMENT = {
    **dict.fromkeys(("id", "name"), text),
    **dict.fromkeys(("description", "datasetId"), maybe(text)),
    **dict.fromkeys(("startTime", "endTime"), moment),
    "itemCount": whole,
    "metadata": maybe(mapping),
    "scores": [SCORE_V3],
}
EXPERIMENT_ITEM = {
    **dict.fromkeys(("id", "traceId", "level", "environment"), text),
    **dict.fromkeys(("experimentId", "experimentName", "experimentItemId"), text),
    "startTime": moment,
    **dict.fromkeys(("endTime", "experimentItemVersion"), maybe(moment)),
    **dict.fromkeys(("experimentDatasetId", "experimentDescription"), maybe(text)),
    **dict.fromkeys(("input", "output", "expectedOutput"), anything),
    **dict.fromkeys(("metadata", "experimentItemMetadata", "experimentMetadata"), maybe(mapping)),
    "scores": lambda value: isinstance(value, list),
}
SESSION = {"id": text, "createdAt": moment, "projectId": text, "environment": text}
USER = {
    "userId": text,
    **dict.fromkeys(("firstTrace", "lastTrace"), moment),
    **dict.fromkeys(("totalTraces", "totalObservations", "totalTokens"), whole),
    **dict.fromkeys(("totalPromptTokens", "totalCompletionTokens"), whole),
    "sumCalculatedTotalCost": number,
}
SCORE_CONFIG = {
    **dict.fromkeys(("id", "name", "projectId", "dataType"), text),
    **dict.fromkeys(("createdAt", "updatedAt"), moment),
    "isArchived": flag,
    **dict.fromkeys(("minValue", "maxValue"), maybe(number)),
    "categories": maybe(lambda value: isinstance(value, list)),
    "description": maybe(text),
}
MODEL = {
    **dict.fromkeys(("id", "modelName", "matchPattern", "unit"), text),
    "startDate": maybe(moment),
    **dict.fromkeys(("inputPrice", "outputPrice", "totalPrice"), maybe(number)),
    "tokenizerId": maybe(text),
    "tokenizerConfig": anything,
    "isLangfuseManaged": flag,
    "createdAt": moment,
    "prices": mapping,
    "pricingTiers": [
        {
            **dict.fromkeys(("id", "name"), text),
            "isDefault": flag,
            "priority": whole,
            "conditions": lambda value: isinstance(value, list),
            "prices": mapping,
        }
    ],
}
PROMPT = {
    **dict.fromkeys(("id", "projectId", "createdBy", "name", "type", "prompt"), text),
    **dict.fromkeys(("createdAt", "updatedAt"), moment),
    "version": whole,
    "config": anything,
    **dict.fromkeys(("labels", "tags"), texts),
    "commitMessage": maybe(text),
    "isActive": flag,
}
PROMPT_META = {
    **dict.fromkeys(("name", "type"), text),
    "versions": [whole],
    **dict.fromkeys(("labels", "tags"), texts),
    "lastUpdatedAt": moment,
    "lastConfig": anything,
}
PROJECT = {"id": text, "name": text, "organization": {"id": text, "name": text}, "metadata": mapping}
OWNED_PROJECT = {"id": text, "name": text, "metadata": mapping, "createdAt": moment, "updatedAt": moment}
API_KEY = {
    **dict.fromkeys(("id", "publicKey", "displaySecretKey"), text),
    "createdAt": moment,
    **dict.fromkeys(("expiresAt", "lastUsedAt"), maybe(moment)),
    "note": maybe(text),
}
MEMBERSHIP = dict.fromkeys(("userId", "role", "email", "name"), text)
HEALTH = {"status": text, "version": text}


def page_of(shape: Shape) -> Shape:
    return {"data": [shape], "meta": META}
