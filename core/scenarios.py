"""Saved scenarios of the launch plan: what is wished, what people fixed and why, and what was approved.

A scenario is kept as the log of what was done to it, so that all can be undone, in order, and two people at once lose
nothing of each other's work. Approvals keep the plan itself as it was.

    made = create(workspace, "Spring, careful", wishes, who)    scenario.edits      make, change, fix, undo
    override(workspace, made.scenario_id, [Override(...)], who)
    submit(workspace, made.scenario_id, plan.table, plan.totals, who)   scenario.approvals  propose, approve
    compare({"Plan": one, "Spring, careful": other})            scenario.compare    side by side
    rollup(plan.table, wishes)                                  scenario.rollup     by category and week
    exceptions(outlook, plan.table, policy)                     scenario.exceptions what needs a look
"""

from core.scenario.acts import FIRST, FIRST_NAME, FIXED, Scenario, State
from core.scenario.approvals import (
    Approved,
    Thresholds,
    approvals,
    approve,
    approved,
    changed,
    decline,
    in_force,
    keep_thresholds,
    may_approve,
    propose,
    submit,
    thresholds,
)
from core.scenario.compare import compare, differences, totals, wishes_apart
from core.scenario.edits import (
    copy,
    create,
    delete,
    get,
    last,
    list_,
    log,
    override,
    release,
    rename,
    restore,
    set_wishes,
    stamp,
    undo,
)
from core.scenario.exceptions import KINDS, exceptions
from core.scenario.rollup import Rollup, rollup

__all__ = [
    "FIRST",
    "FIRST_NAME",
    "FIXED",
    "KINDS",
    "Approved",
    "Rollup",
    "Scenario",
    "State",
    "Thresholds",
    "approvals",
    "approve",
    "approved",
    "changed",
    "compare",
    "copy",
    "create",
    "decline",
    "delete",
    "differences",
    "exceptions",
    "get",
    "in_force",
    "keep_thresholds",
    "last",
    "list_",
    "log",
    "may_approve",
    "override",
    "propose",
    "release",
    "rename",
    "restore",
    "rollup",
    "set_wishes",
    "stamp",
    "submit",
    "thresholds",
    "totals",
    "undo",
    "wishes_apart",
]
