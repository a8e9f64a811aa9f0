"""What a start prints at its end."""

from langfuse_site.up.greeting import greeting

URL = "http://localhost:3000"


def test_address_of_grpc_is_told_where_it_is_taken() -> None:
    assert "  OTLP gRPC   127.0.0.1:4317" in greeting(URL, None, grpc="127.0.0.1:4317").splitlines()
    assert "gRPC" not in greeting(URL, None)
