"""The collected static files in; hashed names and quickly compressed copies out.

Brotli's highest quality, whitenoise's choice, takes twenty seconds of a first start; this takes two.
"""

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

BROTLI_QUALITY = 6
NOT_COMPRESSED = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
"""Nobody loads source maps but who debugs a vendor's script."""


class QuickCompressor(Compressor):
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        compressed: bytes = brotli.compress(data, quality=BROTLI_QUALITY)
        return compressed


class StaticFiles(CompressedManifestStaticFilesStorage):
    def create_compressor(self, **kwargs: Any) -> Compressor:
        return QuickCompressor(**{**kwargs, "extensions": NOT_COMPRESSED})
