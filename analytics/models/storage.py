"""How large the tables were, hour by hour."""

from django.db import models


class StorageSample(models.Model):
    """The size of one table, with its indexes and what is stored out of line; small ones are sampled as one."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    table_name = models.TextField()
    bytes = models.BigIntegerField()
    rows = models.BigIntegerField()
    """As PostgreSQL estimates them."""

    class Meta:
        db_table = "storage_samples"
        indexes = [models.Index(fields=["at"], name="storage_samples_by_time")]

    def __str__(self) -> str:
        return f"{self.table_name}: {self.bytes}"
