"""The frozen rows that the store gives and takes and the window shows. Data only, no behaviour that does I/O.

Units: money is integer picodollars (1e-12 USD), ``None`` where unknown; times are Unix seconds UTC (float); durations
are seconds; token counts are integers. Ids are opaque strings.
"""

from __future__ import annotations

from conduit_desktop.records.activity import CACHED as CACHED
from conduit_desktop.records.activity import RESPONSE_CACHE as RESPONSE_CACHE
from conduit_desktop.records.activity import Attempt as Attempt
from conduit_desktop.records.activity import AuditEntry as AuditEntry
from conduit_desktop.records.activity import Capture as Capture
from conduit_desktop.records.activity import Exchange as Exchange
from conduit_desktop.records.activity import HealthEvent as HealthEvent
from conduit_desktop.records.activity import HealthState as HealthState
from conduit_desktop.records.activity import Message as Message
from conduit_desktop.records.activity import Notification as Notification
from conduit_desktop.records.activity import Spend as Spend
from conduit_desktop.records.activity import Telling as Telling
from conduit_desktop.records.configuration import ABILITIES as ABILITIES
from conduit_desktop.records.configuration import AT_LIMIT as AT_LIMIT
from conduit_desktop.records.configuration import PERIODS as PERIODS
from conduit_desktop.records.configuration import STRATEGIES as STRATEGIES
from conduit_desktop.records.configuration import THRESHOLDS as THRESHOLDS
from conduit_desktop.records.configuration import TIMEOUTS as TIMEOUTS
from conduit_desktop.records.configuration import Ability as Ability
from conduit_desktop.records.configuration import AtLimit as AtLimit
from conduit_desktop.records.configuration import Catalogue as Catalogue
from conduit_desktop.records.configuration import Credential as Credential
from conduit_desktop.records.configuration import Deployment as Deployment
from conduit_desktop.records.configuration import MasterKey as MasterKey
from conduit_desktop.records.configuration import Model as Model
from conduit_desktop.records.configuration import Period as Period
from conduit_desktop.records.configuration import Price as Price
from conduit_desktop.records.configuration import PriceRule as PriceRule
from conduit_desktop.records.configuration import Provider as Provider
from conduit_desktop.records.configuration import Severity as Severity
from conduit_desktop.records.configuration import Strategy as Strategy
from conduit_desktop.records.configuration import Timeouts as Timeouts
from conduit_desktop.records.configuration import VirtualKey as VirtualKey
from conduit_desktop.records.configuration import Webhook as Webhook
from conduit_desktop.records.configuration import WebhookKind as WebhookKind
from conduit_desktop.records.queries import DIMENSIONS as DIMENSIONS
from conduit_desktop.records.queries import GRAINS as GRAINS
from conduit_desktop.records.queries import OTHER as OTHER
from conduit_desktop.records.queries import Bucket as Bucket
from conduit_desktop.records.queries import Dimension as Dimension
from conduit_desktop.records.queries import ExchangeFilter as ExchangeFilter
from conduit_desktop.records.queries import Grain as Grain
from conduit_desktop.records.queries import Overview as Overview
from conduit_desktop.records.queries import Percentiles as Percentiles
from conduit_desktop.records.queries import Sums as Sums
from conduit_desktop.records.queries import Timing as Timing
from conduit_desktop.records.queries import UsageBar as UsageBar
from conduit_desktop.records.queries import UsageGroup as UsageGroup
from conduit_desktop.records.queries import UsageQuery as UsageQuery
from conduit_desktop.records.queries import UsageReport as UsageReport
from conduit_desktop.wire.usage import Usage as Usage
