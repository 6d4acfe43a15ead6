"""What has to be said beside the figures of tracking: how they hang together with those of the plans, and which plans
promise nothing any more."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.scenario.approvals import Approved
    from core.tracking import Tracking

__all__ = ["bridge", "of_plan", "taken_back"]

LEAST = 1.0  # money; less is nothing to speak of


def bridge(tracked: "Tracking") -> str:
    """From the planned profit of the launches, each by itself, to that of their plans, in a sentence; '' where both are
    the same: a plan takes off what its launches take from each other."""
    acts = set(tracked.launches["act"]) if len(tracked.launches) else set()
    totals = [one.totals for act, one in tracked.standing.items() if act in acts]
    if not totals or any("profit" not in one for one in totals):
        return ""
    each, whole = tracked.totals.profit_plan, sum(one["profit"] for one in totals)
    lost = sum(one.get("like_lost", 0.0) for one in totals)
    others = whole + lost - each
    if max(lost, abs(others)) < LEAST:
        return ""
    said = f"The plan{'s say' if len(totals) > 1 else ' says'} {whole:,.0f}: the {each:,.0f} planned of each by itself"
    if others >= LEAST:
        said += f", and {others:,.0f} of launches that a later plan has"
    elif others <= -LEAST:
        said += f", less {-others:,.0f} of launches that are not, or no longer, in it"
    return f"{said}, less {lost:,.0f} that launches take from each other." if lost >= LEAST else f"{said}."


def of_plan(approved: "Approved") -> str:
    """The profit of an approved plan out of those of its launches, in a sentence; '' where they add up to it."""
    lost = approved.totals.get("like_lost", 0.0)
    if lost < LEAST:
        return ""
    each = float(approved.table.loc[approved.table["launch"] == "yes", "profit"].sum())
    return (
        f"At its approval its launches came to {each:,.0f}, each by itself; the plan said {each - lost:,.0f}, as "
        f"launches take {lost:,.0f} from each other. Here that is taken off what is left."
    )


def taken_back(tracked: "Tracking") -> list[str]:
    """Which approvals were taken back, by whom and why, and what became of their launches; a sentence or two each."""
    told = []
    for act, back in tracked.withdrawn.items():
        if act not in tracked.approved:
            continue
        kept = int((tracked.launches["act"] == act).sum()) if len(tracked.launches) else 0
        if not kept and any(one.at > back.at for one in tracked.standing.values()):
            continue  # a later plan came in its place
        by = f" by {back.who}" if back.who else ""
        why = f" ({back.why})" if back.why else ""
        rest = (
            f"Of its launches {kept:,} had sold or have since, and {'are' if kept > 1 else 'is'} followed up, marked; "
            "the others are new items again, unless another plan has them."
            if kept
            else "None of its launches is followed up by it; what has not sold is a new item again."
        )
        first = (
            f"The plan approved on {tracked.approved[act].at:%d %b %Y} was taken back{by} on {back.at:%d %b %Y}{why}."
        )
        told.append(f"{first} {rest}")
    return told
