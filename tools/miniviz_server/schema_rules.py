"""The tables behind Rules: the rules, where each stands per label, and what was or will be sent."""

from __future__ import annotations

import sqlalchemy as sa

from miniviz_server.schema import metadata

rules = sa.Table(
    "rules",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("enabled", sa.Integer, nullable=False),
    # Everything a person chose in the form, as rule.py checks it, except the address.
    sa.Column("settings", sa.JSON, nullable=False),
    # In clear, because the alert is sent to it; pages get it masked.
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
)
sa.Index(None, rules.c.project_id)

# One row per rule and label. A change of state is an UPDATE that names the version it saw: of several
# server processes one wins, and only that one sends.
rule_states = sa.Table(
    "rule_states",
    metadata,
    sa.Column("rule_id", sa.Text, sa.ForeignKey("rules.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("label_key", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("notified_at", sa.BigInteger, nullable=False),
    sa.Column("event", sa.JSON),
    sa.Column("version", sa.BigInteger, nullable=False),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    # No foreign key: the log outlives the rule.
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("message", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("done_at", sa.BigInteger),
    sa.Column("error", sa.Text, nullable=False),
)
sa.Index(None, deliveries.c.state, deliveries.c.next_at)
sa.Index(None, deliveries.c.project_id, deliveries.c.created_at)
