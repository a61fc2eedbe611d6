"""Makes the Parquet files beside it: forty respondents of bad_input.rs, as polars writes them. usage: make.py"""
import polars as pl
from datetime import date
from pathlib import Path

here = Path(__file__).parent
n = range(40)
texts = pl.DataFrame({
    "consent": pl.Series(["yes"] * 40),
    "gender": pl.Series([["woman", "man"][i % 2] for i in n], dtype=pl.Categorical),
    "age": pl.Series([20 + i for i in n], dtype=pl.Int16),
    "weight": pl.Series([1.5] * 40),
    "region": pl.Series([f"r{i // 20}" for i in n]),
    "village": pl.Series([f"v{i // 5}" for i in n]),
    "safe": pl.Series([["yes", "no", "yes"][i % 3] for i in n]),
    "distance": pl.Series([i % 7 for i in n], dtype=pl.UInt8),
    "day": pl.Series([date(2026, 1, 1)] * 40),
})
texts.write_parquet(here / "texts.parquet")
# The same with codes as whole numbers, labels, floats and yes/no, as other programs have them.
texts.with_columns(
    gender=pl.Series([1 + i % 2 for i in n], dtype=pl.Int8),
    safe=pl.Series([["Yes", "No", "Yes"][i % 3] for i in n], dtype=pl.Categorical),
    age=pl.Series([float(20 + i) for i in n]),
    village=pl.Series([i // 5 + 100_000 for i in n], dtype=pl.Int64),
    region=pl.Series([i // 20 for i in n], dtype=pl.Int32),
    distance=pl.Series([str(i % 7) if i else "near" for i in n]),
    consent=pl.Series([True] * 39 + [None]),
).write_parquet(here / "codes.parquet", compression="snappy", row_group_size=16)
