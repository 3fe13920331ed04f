"""Which of apprise's services may be used: those that do nothing but send HTTP requests with `requests`. Pure.

Not allowed are services with effects on this machine (dbus, macosx, syslog …), with connections of their own (mqtt, xmpp,
mailto …), and those that read files which an address names (slack, discord, tgram, workflows: `?template=`; fcm, vapid).
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

LONGEST = 2000
_NAMES = """
    46elks acs apprise apprises atalk bale bark barks betterstack bluesky brevo bsky bulksms bulkvs burstsms
    chanify clickatell clicksend cliq cm d7sms dapnet dingtalk dot eight00com elks evolution evolutions exotel
    feishu firehydrant flock flowtriq flowtriqs form forms freemobile github goalert goalerts gorush gorushs
    gotify gotifys groupme gupshup hassio hassios httpsms humhub humhubs ifttt ilert incidentio infobip jira
    join json jsons kaleyra kavenegar klr kook kumulos lametric lametrics lark line mailersend mailgun mastodon
    mastodons matrix matrixs misskey misskeys mobilemessage mobilemsg msg91 msgbird ncloud nclouds nctalk
    nctalks nexmo notica noticas notifiarr notifico notificos notifyapp notifyre octopush onebot onebots
    onesignal opsgenie pagertree parsep parseps pbul pingram plivo postmark pover prowl psafer psafers pushdeer
    pushdeers pushed pushme pushplus pushy qq resend revolt ringc rocket rockets ryver schan sendgrid sendpulse
    serwersms ses seven sfr signal signals signl4 sinch smsc smseagle smseagles smsmanager smsmgr smtp2go sns
    sparkpost spike splunk spugpush squadcast stackfield strmlabs synology synologys telesign telnyx threema
    toot toots trigv trigvs twilio twist viber victorops voipms vonage webex wecombot whapi whatsapp wpush
    wxpusher wxteams xmatters xml xmls zcliq zohocliq zoom zulip
"""
ALLOWED = frozenset(_NAMES.split())
#: Services with a kind of their own: its label.
OWN_KINDS = {
    "slack": "Slack", "discord": "Discord", "tgram": "Telegram", "mmost": "Mattermost", "mmosts": "Mattermost",
    "gchat": "Google Chat", "ntfy": "ntfy", "ntfys": "ntfy", "pagerduty": "PagerDuty", "workflow": "Microsoft Teams",
    "workflows": "Microsoft Teams", "msteams": "Microsoft Teams", "mailto": "E-mail", "mailtos": "E-mail",
}  # fmt: skip
# What would read files, wait for long, or leave out a check.
_FORBIDDEN = frozenset(
    {"attach", "include", "keyfile", "pem", "retry", "store", "template", "verify", "wait"}
)
_SCHEME = re.compile(r"[A-Za-z0-9+-]{1,30}", re.ASCII)
_VISIBLE = re.compile(r"[\x21-\x7e]+", re.ASCII)


def scheme(url: str) -> str:
    """The service of an address, in lower case; empty if there is none."""
    found = _SCHEME.match(url)
    return found[0].lower() if found and url.startswith("://", found.end()) else ""


def flaw(url: str) -> str:
    """What is wrong with an address, without repeating it; empty if nothing is. apprise itself is not asked."""
    name = scheme(url)
    if not name:
        return "must be an address of apprise, as in pover://user@token"
    if name in OWN_KINDS:
        return f"{name}:// is not supported: add a channel of the kind {OWN_KINDS[name]}"
    if name not in ALLOWED:
        return f"{name}:// is not among the services that are allowed"
    if len(url) > LONGEST or not _VISIBLE.fullmatch(url):
        return f"must have at most {LONGEST} characters, without blanks: percent-encode others"
    query = url.partition("?")[2]
    # Both ways in which servers separate parameters, and the prefixes with which apprise marks some.
    pairs = parse_qsl(query.replace(";", "&"), keep_blank_values=True)
    names = {key.lower().lstrip("+-: ") for key, _ in pairs}
    if forbidden := sorted(names & _FORBIDDEN):
        return f"must not have the parameter {forbidden[0]}"
    return ""
