"""What changes a review: planning, opening, recording outcomes, closing."""

from .agenda import (
    add_item,
    close_agenda,
    close_agendas,
    propose_commitments,
    propose_item,
    set_agenda_rules,
    set_papers,
    withdraw_proposal,
    withdraw_proposals,
)
from .decisions import object_to, record_decision, settle_silences
from .dispatching import dispatch_again, dispatch_minutes, dispatch_report
from .disputes import (
    answer_dispute,
    ask_next_step,
    move_on,
    raise_dispute,
    settle_dispute,
)
from .feeds import make_feed, revoke_feed
from .minutes import (
    answer_comment,
    approve_minutes,
    circulate_minutes,
    comment_on,
    correct_minutes,
    draft_minutes,
    edit_minutes,
)
from .outcomes import record_action, record_finding, record_outcome, withdraw_outcome
from .planning import (
    become_row,
    cancel_review,
    move_review,
    plan_all,
    plan_next,
    plan_single,
)
from .replies import reply_to
from .report_files import ask_for_report_file, make_report_files, report_file_for_dispatch
from .reports import approve_report, change_report, create_report, draft_anew, edit_section
from .series import change_series, enter_series
from .session import Presence, close_review, mark_attendance, open_review
from .sweeping import sweep

__all__ = [
    "Presence",
    "add_item",
    "answer_comment",
    "answer_dispute",
    "approve_minutes",
    "approve_report",
    "ask_for_report_file",
    "ask_next_step",
    "become_row",
    "cancel_review",
    "change_report",
    "change_series",
    "circulate_minutes",
    "close_agenda",
    "close_agendas",
    "close_review",
    "comment_on",
    "correct_minutes",
    "create_report",
    "dispatch_again",
    "dispatch_minutes",
    "dispatch_report",
    "draft_anew",
    "draft_minutes",
    "edit_minutes",
    "edit_section",
    "enter_series",
    "make_feed",
    "make_report_files",
    "mark_attendance",
    "move_on",
    "move_review",
    "object_to",
    "open_review",
    "plan_all",
    "plan_next",
    "plan_single",
    "propose_commitments",
    "propose_item",
    "raise_dispute",
    "record_action",
    "record_decision",
    "record_finding",
    "record_outcome",
    "reply_to",
    "report_file_for_dispatch",
    "revoke_feed",
    "set_agenda_rules",
    "set_papers",
    "settle_dispute",
    "settle_silences",
    "sweep",
    "withdraw_outcome",
    "withdraw_proposal",
    "withdraw_proposals",
]
