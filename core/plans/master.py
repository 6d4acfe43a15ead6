"""The plan's linear programme in HiGHS, some of its columns at a time.

Rows, in this order: one an item, one a budget, one a limit on launches, one a pair that takes sales from each other.
"""

import highspy
import numpy as np
from scipy import sparse

from core.plans.problem import Problem

__all__ = ["Master"]


class Master:
    """Columns of a problem in one HiGHS model; keeps its basis from one solve to the next."""

    def __init__(self, problem: Problem, penalty: float, seconds: float) -> None:
        """penalty: what a unit of a limit not kept costs, so that there is a solution from the first columns on."""
        self.problem = problem
        self.columns = np.zeros((0, 3), dtype=int)  # item, action, level
        self._highs = model = highspy.Highs()
        model.setOptionValue("output_flag", False)
        model.setOptionValue("threads", 1)
        model.setOptionValue("time_limit", max(seconds, 0.1))
        model.changeObjectiveSense(highspy.ObjSense.kMaximize)
        low, high = self.limits()
        empty = np.zeros(len(low) + 1, dtype=np.int32)
        model.addRows(len(low), low, high, 0, empty, np.zeros(0, dtype=np.int32), np.zeros(0))
        self._coefficients = self._of_launches()
        self._relaxed(low, high, penalty)

    @property
    def rows(self) -> int:
        """Number of rows."""
        n, m, q = len(self.problem.value), len(self.problem.budgets), len(self.problem.pairs)
        return n + m + len(self.problem.rows) + q

    def add(self, columns: np.ndarray) -> None:
        """Add columns (k, 3): item, action, level."""
        if not len(columns):
            return
        matrix, worth = self.matrix(columns), self.worth(columns)
        k = len(columns)
        self._highs.addCols(
            k, worth, np.zeros(k), np.full(k, highspy.kHighsInf), matrix.nnz, matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32), matrix.data,
        )  # fmt: skip
        self.columns = np.concatenate([self.columns, columns])

    def solve(self) -> tuple[float, np.ndarray, np.ndarray, float]:
        """The value, the duals of the rows (what one more of each is worth), x of the columns, and how far the limits
        are not kept."""
        self._highs.run()
        solution = self._highs.getSolution()
        values = np.array(solution.col_value)
        x = values[self._fixed :]
        short = float(values[: self._slacks].sum())
        return float(self._highs.getInfo().objective_function_value), np.array(solution.row_dual), x, short

    def worth(self, columns: np.ndarray) -> np.ndarray:
        """(k,) values of columns."""
        return np.asarray(self.problem.value[tuple(columns.T)], float)

    def matrix(self, columns: np.ndarray) -> sparse.csc_matrix:
        """(rows, k) coefficients of columns."""
        problem, k = self.problem, len(columns)
        item, action, level = columns.T
        own = sparse.csr_matrix((np.ones(k), (np.arange(k), item)), shape=(k, len(problem.value)))
        used = sparse.csr_matrix(problem.uses[:, item, action, level].T)
        launched = self._coefficients[item * problem.weeks + problem.week[action]]
        return sparse.hstack([own, used, launched], format="csr").T.tocsc()

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """(rows,), (rows,) the lowest and highest sum of each row."""
        problem = self.problem
        forced = problem.forced
        low = [np.where(forced, 1.0, -np.inf), np.full(len(problem.budgets), -np.inf)]
        high = [np.ones(len(forced)), problem.budgets]
        low += [problem.low, np.full(len(problem.pairs), -np.inf)]
        high += [problem.high, np.ones(len(problem.pairs))]
        return np.concatenate(low).astype(float), np.concatenate(high).astype(float)

    def _of_launches(self) -> sparse.csr_matrix:
        """(n x W, rows on launches and pairs) what a launch counts in each."""
        problem = self.problem
        n, weeks = len(problem.value), problem.weeks
        parts = [problem.counts]
        q = len(problem.pairs)
        if q:
            both = sparse.csr_matrix(
                (np.ones(2 * q), (problem.pairs.ravel(), np.repeat(np.arange(q), 2))), shape=(n, q)
            )
            parts.append(sparse.csr_matrix(both[np.repeat(np.arange(n), weeks)]))
        return sparse.hstack(parts, format="csr")

    def _relaxed(self, low: np.ndarray, high: np.ndarray, penalty: float) -> None:
        """Columns by which a limit may be missed, and the pairs' own."""
        below, above = np.flatnonzero(np.isfinite(low)), np.flatnonzero(np.isfinite(high) & (high < 0))
        rows = np.concatenate([below, above])
        signs = np.concatenate([np.ones(len(below)), -np.ones(len(above))])
        # A limit on the other side of an equality may be missed upwards, too.
        count = len(self.problem.pairs)
        pair_rows = self.rows - count + np.arange(count)
        rows, signs = np.append(rows, pair_rows), np.append(signs, -np.ones(count))
        cost = np.append(np.full(len(below) + len(above), -penalty), -self.problem.losses)
        k = len(rows)
        self._slacks, self._fixed = k - count, k
        self._highs.addCols(
            k, cost, np.zeros(k), np.full(k, highspy.kHighsInf), k, np.arange(k, dtype=np.int32),
            rows.astype(np.int32), signs,
        )  # fmt: skip
