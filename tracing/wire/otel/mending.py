"""A protobuf export with texts that are no UTF-8 in, one that can be parsed out.

Exporters that cut attributes at a number of bytes cut characters in halves, and protobuf's parser refuses the
whole message for it. The same messages with bytes in the place of texts take it.
"""

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TEXTS: set[str] = set()
"""The full names of the fields that hold texts."""


def mended(raw: bytes) -> bytes:
    """Return the export with U+FFFD for what is no UTF-8; raises DecodeError where it is no export at all."""
    export = EXPORT.FromString(raw)
    _mend(export)
    mended: bytes = export.SerializeToString()
    return mended


def _mend(message: Any) -> None:
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if isinstance(value, SEQUENCE) else [value]:
                _mend(part)
        elif field.full_name in TEXTS:
            if isinstance(value, bytes):
                setattr(message, field.name, _text(value))
            else:
                value[:] = [_text(part) for part in value]


def _text(raw: bytes) -> bytes:
    return raw.decode(errors="replace").encode()


def _without_texts(message: DescriptorProto, name: str) -> None:
    for field in message.field:
        if field.type == FieldDescriptorProto.TYPE_STRING:
            field.type = FieldDescriptorProto.TYPE_BYTES
            TEXTS.add(f"{name}.{field.name}")
    for inner in message.nested_type:
        _without_texts(inner, f"{name}.{inner.name}")


def _add(pool: DescriptorPool, file: Any) -> None:
    for needed in file.dependencies:
        _add(pool, needed)
    copy = FileDescriptorProto()
    file.CopyToProto(copy)
    for message in copy.message_type:
        _without_texts(message, f"{copy.package}.{message.name}")
    pool.Add(copy)


def _export_of_bytes() -> Any:
    pool = DescriptorPool()
    _add(pool, trace_service_pb2.DESCRIPTOR)
    return GetMessageClass(pool.FindMessageTypeByName(ExportTraceServiceRequest.DESCRIPTOR.full_name))


EXPORT = _export_of_bytes()
SEQUENCE = type(EXPORT().resource_spans)
