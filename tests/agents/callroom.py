"""Calls that were never held and statements never made, for tests of agents that read them."""

RULE, LINE = "=" * 40, "-" * 40

OPENING = (
    "Thank you all for joining us on the call of Acme this afternoon.",
    "Please note that some of what we say looks ahead and may turn out differently.",
)
REMARKS = (
    "Sales of anvils grew in every region that we serve.",
    "The new foundry at the river opened ahead of its schedule.",
    "Our margin improved because scrap iron became cheaper.",
    "We repaid the loan that had financed the old foundry.",
    "Orders from rail customers were strong and the backlog is solid.",
    "The catalogue now lists rockets, magnets and springs.",
    "Shipping times fell to three days in the western states.",
    "Our engineers filed eleven patents on quieter hammers.",
)
GLOOM = (
    "Demand for anvils weakened badly and we lost two large customers.",
    "The foundry suffered an outage, and scrap losses were severe.",
    "We expect a difficult year and a weak order book.",
    "Returns of faulty rockets hurt our margin and our name.",
)
QUESTION = "Can you tell us how many rockets you sold?"
ANSWER = "Rocket sales were strong and we are very pleased with the result."
DODGE = "We don't break that out, and it is too early to say more."
EASY = (
    "The Board lowered its rate, because inflation is subdued and growth has weakened. "
    "An accommodative stance of policy remains appropriate for now."
)
TIGHT = (
    "The Board raised its rate, because inflation is elevated and rising. "
    "Further tightening of policy is warranted for now."
)


def ruled(remarks=REMARKS, answers=(ANSWER,), opening=OPENING):
    """Give a call with headings between rules, speakers numbered."""
    parts = [
        "Acme Earnings Call\nApril 1, 2001",
        _heading("Corporate Participants", RULE) + " * Wile Coyote\n   Acme - CEO",
        _heading("Conference Call Participants", RULE) + " * Ada Byron\n   Engine Bank - Analyst",
        _heading("Presentation", RULE),
        _heading("Operator    [1]", LINE) + "Good day, and welcome to a strong call.",
        _heading("Wile Coyote,  Acme - CEO    [2]", LINE) + " ".join((*opening, *remarks)),
        _heading("Questions and Answers", RULE),
    ]
    for number, answer in enumerate(answers):
        parts += [
            _heading(f"Ada Byron,  Engine Bank - Analyst    [{2 * number + 1}]", LINE) + QUESTION,
            _heading(f"Wile Coyote,  Acme - CEO    [{2 * number + 2}]", LINE) + answer,
        ]
    parts += [_heading("Disclaimer", LINE) + "There may be severe errors in this text."]
    return "\n".join(parts)


def dashed(remarks=REMARKS, answer=ANSWER):
    """Give a call with a line for each heading and each speaker."""
    return "\n".join(
        [
            "Prepared Remarks:",
            "Operator",
            "Good day, and welcome.",
            "Wile Coyote -- Chief Executive Officer",
            *remarks,
            "Questions and Answers:",
            "Ada Byron -- Engine Bank -- Analyst",
            QUESTION,
            "Wile Coyote -- Chief Executive Officer",
            answer,
        ]
    )


def long_call(random, *, gloomy=False, n_remarks=34):
    """Give a call long enough to be held against another, its figures drawn at random."""
    pool = GLOOM if gloomy else REMARKS
    drawn = random.permutation(n_remarks) % len(pool)
    remarks = [
        f"In line {number} we count {int(random.integers(10, 99))} units. {pool[which]}"
        for number, which in enumerate(drawn.tolist())
    ]
    return ruled(tuple(remarks), answers=(DODGE if gloomy else ANSWER, ANSWER))


def _heading(title, rule):
    return f"{rule}\n{title}\n{rule}\n"
