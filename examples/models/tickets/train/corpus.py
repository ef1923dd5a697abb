"""Writes support tickets: sentences made of templates and word lists, one list of templates for each team.

Synthetic on purpose: real tickets belong to the people who wrote them. What is learned from it is measured on `held_out.tsv`,
which was written by hand and shares no template with this file.
"""

import re
from collections.abc import Sequence

import numpy as np

SLOT = re.compile(r"\{(\w+)\}")

WORDS: dict[str, Sequence[str]] = {
    "plan": ["plan", "subscription", "membership", "licence", "package", "trial", "free trial", "premium tier", "yearly plan", "monthly plan"],
    "bill": ["invoice", "bill", "receipt", "statement", "payment", "charge", "fee", "credit note", "quote"],
    "pay": ["credit card", "debit card", "bank transfer", "PayPal", "direct debit", "card", "bank account", "purchase order"],
    "money": ["10 dollars", "29 euros", "the full amount", "the wrong amount", "too much", "a late fee", "VAT", "sales tax", "50 pounds", "the price"],
    "period": ["this month", "last month", "in January", "in June", "this year", "last quarter", "last week", "twice", "again", "yesterday"],
    "seats": ["seats", "users", "licences", "extra seats", "team members"],
    "app": ["app", "site", "website", "program", "dashboard", "page", "mobile app", "desktop app", "browser extension", "editor", "service", "screen"],
    "part": ["search", "export", "import", "upload", "download", "the calendar", "sync", "the report", "the chart", "the menu", "printing", "the video call",
             "the settings page", "the API", "the webhook", "the plugin", "the file viewer", "sorting", "the filter", "the button", "the notification", "the integration"],
    "fails": ["crashes", "freezes", "hangs", "does not work", "is broken", "stopped working", "shows an error", "is very slow", "does nothing", "stays blank",
              "keeps loading", "fails", "times out", "returns an error", "is down", "doesn't load", "disappears", "is wrong"],
    "device": ["iPhone", "Android phone", "Windows laptop", "Mac", "tablet", "Chrome", "Firefox", "Safari", "Linux", "Windows 10", "old computer", "browser"],
    "event": ["the update", "the latest version", "I click save", "I open a file", "I scroll", "I upload a picture", "the upgrade", "I start it", "a few minutes",
              "I press the button", "installing it", "I drag a file"],
    "error": ["error 500", "error 404", "error 503", "a timeout", "a white screen", "a blank page", "an error message", "a memory error", "a bug", "an exception", "a connection error"],
    "thing": ["images", "videos", "files", "PDF files", "dates", "tables", "records", "messages", "fonts", "columns", "sounds", "the camera", "the microphone", "buttons"],
    "login": ["log in", "sign in", "log on", "get into my account", "access my account", "open my profile", "log in with Google", "log in with SSO"],
    "secret": ["password", "PIN", "security question", "two-factor code", "verification code", "authenticator app", "backup codes", "passkey", "login link", "reset link"],
    "identity": ["email address", "username", "user name", "phone number", "profile picture", "display name", "profile", "login", "personal data", "account name"],
    "person": ["a colleague", "a new employee", "my boss", "a team member", "an administrator", "another user", "a former employee", "my assistant", "a guest"],
    "right": ["access", "permission", "admin rights", "the owner role", "an invitation", "a login", "ownership", "edit rights"],
    "parcel": ["parcel", "package", "order", "delivery", "shipment", "box", "item", "product"],
    "goods": ["shoes", "jacket", "shirt", "lamp", "book", "phone case", "chair", "mug", "headphones", "keyboard", "backpack", "table", "dress", "plate"],
    "state": ["damaged", "broken", "opened", "wet", "empty", "scratched", "crushed", "dented", "incomplete"],
    "carrier": ["courier", "driver", "postman", "carrier", "delivery service", "mail carrier"],
    "place": ["Canada", "Japan", "Switzerland", "Brazil", "my neighbour", "the wrong address", "my office", "a pickup point", "the post office", "another street", "Australia", "the store"],
    "when": ["on Friday", "last week", "two weeks ago", "yesterday", "three days ago", "on time", "tomorrow", "before Christmas", "today", "next week"],
    "ask": ["please", "could you", "can you", "I would like you to", "would you"],
}

OPENINGS = ["", "", "", "Hello, ", "Hi, ", "Good morning, ", "Hi team, ", "Dear support, ", "Sorry, but "]
CLOSINGS = ["", "", "", "", " Thanks.", " Please help.", " What should I do?", " Can you look into it?", " This is urgent.", " Thank you in advance."]

TEMPLATES: dict[str, Sequence[str]] = {
    "billing": [
        "I was charged {money} {period}", "you charged my {pay} {money} for the {plan}", "my {pay} was charged {period} for a {plan} I cancelled",
        "{ask} refund {money}", "I want a refund for the {plan}", "when do I get my refund for the {bill}", "the {bill} shows {money}", "there is an unknown {bill} on my {pay}",
        "{ask} send me the {bill} for {period}", "I need a {bill} with {money} for my accountant", "the {bill} has the wrong company name and tax number",
        "can I pay by {pay}", "how do I pay with {pay} instead", "how do I update my {pay}", "my {pay} has expired and the payment failed", "the payment with my {pay} was declined",
        "how much does the {plan} cost", "what is the price of the {plan} for more {seats}", "we pay for too many {seats} on our {plan}", "we were billed for more {seats}",
        "I want to cancel my {plan}", "how do I upgrade or downgrade the {plan}", "{ask} switch us to the cheaper {plan}", "the {plan} renewed and charged me without notice",
        "the coupon did not reduce {money}", "the discount code is not applied to the {bill}", "is there a discount for students or charities on the {plan}",
        "the {bill} is in the wrong currency", "why is the {bill} higher {period}", "{money} left my bank but the {plan} is unpaid", "do you have a cheaper rate for the {plan}",
    ],
    "technical": [
        "the {app} {fails} after {event}", "{part} {fails} on my {device}", "{part} {fails}", "the {app} {fails}", "the {app} {fails} since {event}", "I get {error} when {event}",
        "I get {error} from {part}", "{error} appears when I use {part}", "the {app} is slow on my {device}", "{thing} are not shown in the {app}", "{thing} are missing in {part}",
        "{thing} look wrong on my {device}", "{part} finds nothing in the {app}", "the {app} does not start on {device}", "I cannot install the {app} on my {device}",
        "the {app} uses too much memory and battery", "the {app} loses the connection to the server", "nothing happens when {event}", "I found {error} in {part}",
        "the {app} does not detect {thing} on my {device}", "{part} sends {thing} more than once", "{part} returns empty {thing}", "the {app} says a file or library is missing on {device}",
        "dark mode breaks {thing} in the {app}", "the time zone is wrong in {part}", "{part} is cut off on {device}", "the {app} drops the call and the sound on {device}",
        "is the {app} down right now", "the {app} loads forever with a spinner", "{part} ignores what I type on my {device}", "my laptop and {device} do not sync",
    ],
    "account": [
        "I cannot {login}", "I can't {login} any more", "I am unable to {login} since {period}", "I forgot my {secret}", "I lost my {secret}", "my {secret} does not arrive",
        "the {secret} is not accepted", "the {secret} is invalid or has expired", "how do I reset my {secret}", "how do I change my {identity}", "{ask} change my {identity}",
        "my {identity} is wrong", "{ask} delete my account and {identity}", "how do I close my account", "my account is locked", "my account was blocked after wrong attempts",
        "my account has been suspended or disabled", "someone else used my account to {login}", "I think my account was hacked", "I see a strange login from another city in my profile",
        "how do I give {person} {right}", "how do I invite {person} to the workspace", "{ask} remove {person} from our team", "{person} needs {right}", "{person} should lose {right}",
        "I want to turn on two-factor authentication", "how do I disable single sign-on for the organisation", "I have two accounts, can you merge them into one profile",
        "I did not get the confirmation mail to verify my {identity}", "the registration mail never came, so I cannot activate my user", "it says this user is unknown when I {login}",
        "what {identity} do you store about me, under privacy law", "how do I transfer {right} of the workspace to {person}", "who has {right} to see our project",
    ],
    "shipping": [
        "where is my {parcel}", "my {parcel} has not arrived", "my {parcel} was due {when} and is not here", "the {parcel} is late", "the {parcel} arrived {state}",
        "the {goods} came {state}", "the {goods} were {state} when the {parcel} came", "the tracking of my {parcel} has not changed since {when}", "the tracking link for the {goods} is empty",
        "the {carrier} left the {parcel} at {place}", "the {carrier} never rang the bell", "the {carrier} says nobody was at home", "the {parcel} was delivered to {place}",
        "it says delivered but I got no {parcel}", "{ask} send the {parcel} to {place}", "can I change the delivery address to {place}", "do you deliver to {place}", "do you ship {goods} to {place}",
        "how long does shipping to {place} take", "how fast is express or standard delivery of the {goods}", "I got the wrong {goods}", "the wrong colour or size of {goods} was in the {parcel}",
        "how do I return the {goods}", "I want to send back the {goods}", "I need a label to return the {parcel}", "can I exchange the {goods} for another size or colour",
        "part of my {parcel} is missing", "only half of the {parcel} came", "the {goods} are missing from the {parcel}", "the {parcel} is stuck in customs", "when will the {goods} be in stock and sent",
        "can I collect the {parcel} from {place}", "can you put two orders in one {parcel}", "{ask} deliver the {goods} {when}", "the {parcel} was sent back to the warehouse",
    ],
}


def sentence(templates: Sequence[str], rng: np.random.Generator) -> str:
    """One ticket: a template with its slots filled, sometimes with a greeting before and a plea behind."""

    def pick(options: Sequence[str]) -> str:
        return options[rng.integers(len(options))]

    body = SLOT.sub(lambda match: pick(WORDS[match[1]]), pick(templates))
    text = pick(OPENINGS) + body
    return text[0].upper() + text[1:] + pick([".", ".", "", "!", "?"]) + pick(CLOSINGS)


def corpus(per_team: int, seed: int) -> tuple[list[str], list[str]]:
    """`per_team` different tickets for each team, and the team of each."""
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    teams: list[str] = []
    for team, templates in TEMPLATES.items():
        made: dict[str, None] = {}
        while len(made) < per_team:
            made[sentence(templates, rng)] = None
        texts += made
        teams += [team] * per_team
    return texts, teams
