"""What each group of fields of `/v2/observations` holds, as its OpenAPI document and its SDKs want it."""

from tests.contract import Check, flag, mapping, maybe, moment, number, text, texts, whole

ALWAYS: dict[str, Check] = {
    **dict.fromkeys(("id", "traceId", "projectId", "type"), text),
    "startTime": moment,
    "endTime": maybe(moment),
    **dict.fromkeys(
        ("parentObservationId", "modelId", "inputPrice", "outputPrice", "totalPrice"), maybe(text)
    ),
    **dict.fromkeys(("latency", "timeToFirstToken"), maybe(number)),
}
GROUPS: dict[str, dict[str, Check]] = {
    "core": {},
    "basic": {
        **dict.fromkeys(("level", "environment"), text),
        **dict.fromkeys(("name", "statusMessage", "version", "userId", "sessionId"), maybe(text)),
        **dict.fromkeys(("bookmarked", "public", "isRootObservation"), flag),
    },
    "time": {"completionStartTime": maybe(moment), "createdAt": moment, "updatedAt": moment},
    "io": dict.fromkeys(("input", "output"), maybe(text)),
    "metadata": {"metadata": mapping},
    "model": {
        **dict.fromkeys(("model", "providedModelName", "internalModelId"), maybe(text)),
        "modelParameters": maybe(mapping),
    },
    "usage": {
        **dict.fromkeys(("usageDetails", "costDetails"), mapping),
        **dict.fromkeys(("totalCost", "inputCost", "outputCost"), maybe(number)),
        **dict.fromkeys(("inputUsage", "outputUsage", "totalUsage"), whole),
        **dict.fromkeys(("usagePricingTierId", "usagePricingTierName"), maybe(text)),
    },
    "prompt": {"promptId": maybe(text), "promptName": maybe(text), "promptVersion": maybe(whole)},
    "metrics": {},
    "trace_context": {"tags": texts, **dict.fromkeys(("release", "traceName"), maybe(text))},
}
