"""The gateway's own words, Chinese and English, for when the answer is no."""

from __future__ import annotations

from http import HTTPStatus

from shared.events.fact import Text


def _text(zh: str, en: str) -> Text:
    return Text(zh=zh, en=en)


INVALID = _text(
    "填写的内容有误，没有提交。",
    "Something is not filled in correctly; nothing was sent.",
)
KEY_REUSED = _text(
    "这个幂等键已用于另一项请求，这一次没有提交。",
    "This Idempotency-Key was used for another request; nothing was sent.",
)
PROVIDER_AWAY = _text(
    "统一身份认证暂时连不上，现在不能登录。",
    "The city's identity service cannot be reached; nobody can sign in now.",
)
SIGN_IN_LATER = _text(
    "请过几分钟再登录；急事请拨打 0371-12345 或到窗口办理。",
    "Try again in a few minutes; if it is urgent, call 0371-12345 or come to us.",
)
MANY = _text(
    "现在办理的人较多，这一次没有办理。",
    "Many people are being served at this moment; this was not done.",
)
KINDS_OF_FILE = _text(
    "只接收 PDF、PNG 和 JPEG 文件。", "Only PDF, PNG and JPEG files are taken."
)
TOO_MANY_PARTS = _text("一次提交的内容太多。", "There is too much in this at once.")
NOT_A_CURSOR = _text(
    "这个翻页位置不是本站给出的。", "This place in the list was not given by us."
)
REQUIRED = _text("必须填写。", "This is required.")
UNKNOWN_FIELD = _text("事项的表单里没有这一项。", "The item's form has no such field.")
NOT_A_NUMBER = _text("请填写数字，例如 500。", "Give a number, such as 500.")
NOT_A_DATE = _text("请按 2016-01-13 的格式填写日期。", "Give a date as 2016-01-13.")
NOT_AN_OPTION = _text("请从所列选项中选择。", "Choose one of the options.")
UNKNOWN_MATERIAL = _text(
    "材料清单里没有这一项。", "The list of materials has no such entry."
)
TWICE = _text("同一项材料只交一份。", "Each material is handed in once.")
NOT_UPLOADED = _text(
    "没有找到您上传的这份文件，请重新上传。",
    "You have not uploaded such a file; please upload it again.",
)
MATERIAL_MISSING = _text("这份材料必须提交。", "This material must be handed in.")
NOTHING_ADDED = _text(
    "还没有补任何内容：请补交材料、改正填写内容，或者在这里说明。",
    "Nothing is added yet: hand in a document, correct an answer, or explain here.",
)
BAD_CREDIT_CODE = _text(
    "统一社会信用代码不正确，请核对 18 位代码。",
    "This is no valid credit code; check its 18 characters.",
)
BAD_IDENTITY_NUMBER = _text(
    "身份证号码不正确，请核对 18 位号码。",
    "This is no valid identity number; check its 18 characters.",
)
BAD_MOBILE = _text("请填写 11 位手机号码。", "Give a mobile number of 11 digits.")
NOT_A_KEY = _text(
    "幂等键须为 1 至 200 个可见字符。", "The key must be 1 to 200 visible characters."
)

_WORDS: dict[int, tuple[Text, Text]] = {
    400: (
        _text("请求无法读懂。", "The request cannot be understood."),
        _text("请检查后重新发送。", "Please check it and send it again."),
    ),
    401: (
        _text("请先登录。", "Please sign in first."),
        _text("登录后会回到这里。", "You will come back here afterwards."),
    ),
    403: (
        _text("您没有办理这一项的权限。", "You may not do this."),
        _text("请换用有权限的账号。", "Sign in as somebody who may."),
    ),
    404: (
        _text("没有找到您要看的内容。", "There is nothing here."),
        _text("请核对编号或从首页查找。", "Check the number, or search from home."),
    ),
    405: (
        _text("这里不能这样操作。", "This cannot be done here."),
        _text("请从页面上的按钮办理。", "Please use the buttons of the page."),
    ),
    409: (
        _text("按规定不能这样办理。", "A rule says no."),
        _text("请查看办件的当前状态。", "Look at where the case is now."),
    ),
    413: (
        _text("内容太大，没有接收。", "This is too large and was not taken."),
        _text("请压缩后再上传。", "Please make it smaller and try again."),
    ),
    415: (
        _text("不接收这种格式。", "This kind of content is not taken."),
        _text("请换成所列格式后再试。", "Please use one of the kinds named."),
    ),
    422: (
        _text("有几处需要改正。", "Some things need correcting."),
        _text("请按提示改正后再提交。", "Correct what is marked and send it again."),
    ),
    429: (
        _text("操作太频繁了。", "Too many requests."),
        _text("请稍等片刻再试。", "Please wait a moment."),
    ),
    500: (
        _text("系统出了差错，不是您的问题。", "Something failed; it is our fault."),
        _text("请稍后再试；问题已经记录。", "Please try later; it has been noted."),
    ),
    503: (
        _text("系统正忙或正在恢复，暂时不能办理。", "The service is busy."),
        _text(
            "请稍后再试；用同一个幂等键重发不会重复提交。",
            "Try later; the same key never sends anything twice.",
        ),
    ),
}


def title(status: int) -> Text:
    return _WORDS.get(status, _WORDS[400 if status < 500 else 500])[0]


def what_next(status: int) -> Text:
    return _WORDS.get(status, _WORDS[400 if status < 500 else 500])[1]


def name(status: int) -> str:
    """Return the name of a rule of HTTP: NotFound, MethodNotAllowed."""
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")


def too_large(limit: int) -> Text:
    mebibytes = limit // 1024**2
    return _text(
        f"文件超过 {mebibytes} MB，没有接收。",
        f"The file is larger than {mebibytes} MB and was not taken.",
    )


def too_long(limit: int) -> Text:
    return _text(f"最多填写 {limit} 个字。", f"Write at most {limit} characters.")


def too_small(limit: int) -> Text:
    return _text(
        f"请填写不小于 {limit} 的数字。", f"Give a number that is not below {limit}."
    )


def of_validation(kind: str, message: str) -> Text:
    """Say what is wrong with the shape of a request."""
    known = {
        "missing": REQUIRED,
        "too_many_parts": TOO_MANY_PARTS,
        "string_too_short": REQUIRED,
        "date_from_datetime_parsing": NOT_A_DATE,
        "literal_error": NOT_AN_OPTION,
        "enum": NOT_AN_OPTION,
    }
    return known.get(kind) or _text(f"内容不符合要求（{message}）。", f"{message}.")
