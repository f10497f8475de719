"""Every line of the table: named clearly before the work or flagged; nothing raw or silent."""

import inspect
import signal
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

import infsubopt
from infsubopt.gaps import GapReport
from tests.models import Sound
from tests.table import GROUPS, KEY

PACKAGE = str(Path(infsubopt.__file__).parent)
CLEAR = (ValueError, TypeError, OSError, FloatingPointError)
SECONDS = 10       # of the processor, that a line may take
TRIAL = 1000       # latents that may be tried before an error


class TooLong(BaseException):
    "A line that does not end"


@dataclass
class Outcome:
    "How a call ended"
    kind: str       # 'error': named by us; 'raw': somebody else's error; 'passed'
    text: str       # the message, or the flags and warnings

    def says(self, phrase: str) -> bool:
        "Whether the phrase is in it, in whatever case; a name that is no keyword is another matter"
        keyword = KEY in self.text
        return phrase.lower() in self.text.lower() and keyword == (phrase == KEY)


def ours(error: BaseException) -> bool:
    "Whether an error was raised by the package, or is the system's about a file"
    last = traceback.extract_tb(error.__traceback__)[-1]
    keyword = KEY in str(error)
    return keyword or isinstance(error, OSError) or last.filename.startswith(PACKAGE)


def called(call, folder: Path):
    "The call, with the folder if it takes one"
    return call(folder) if inspect.signature(call).parameters.keys() & {'tmp'} else call()


def flagged(value) -> str:
    "What a result says of itself"
    if not isinstance(value, GapReport):
        return value if isinstance(value, str) else ''
    named = value.flags.items()
    return '\n'.join(f'{name}: {flag}' for name, flag in named)


def outcome(call, folder: Path) -> Outcome:
    "How a call ends"
    Sound.asked = 0
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter('always')
        try:
            value = called(call, folder)
            found = flagged(value)
        except CLEAR as error:
            text = str(error)
            if not ours(error):
                return Outcome('raw', f'{type(error).__name__}: {text}')
            late = Sound.asked > TRIAL
            return Outcome('late' if late else 'error', text)
        except Exception as error:
            return Outcome('raw', f'{type(error).__name__}: {error}')
        heard = [str(warning.message) for warning in said]
        return Outcome('wrong' if value is False else 'passed', '\n'.join([found, *heard]))


@pytest.fixture
def limit():
    "An end to lines that do not end"
    def stop(*_):
        raise TooLong(f'more than {SECONDS} s')
    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.signal(signal.SIGPROF, before)


def lines(*groups) -> list:
    "The lines of some groups, as pytest takes them"
    return [
        pytest.param(call, phrase, id=f'{group}: {name}')
        for group in groups
        for name, call, phrase in GROUPS[group]
    ]


@pytest.mark.parametrize('call, phrase', lines('data', 'models', 'posteriors', 'settings', 'files'))
def test_named(call, phrase, tmp_path, monkeypatch, limit):
    "An error before the work, or a flag, that says what is wrong"
    monkeypatch.chdir(tmp_path)
    end = outcome(call, tmp_path)
    assert end.kind in ('error', 'passed'), end
    assert phrase is None or end.says(phrase), end


@pytest.mark.parametrize('call, phrase', lines('commands'))
def test_commands(call, phrase, tmp_path, monkeypatch, limit, capsys):
    "One line on stderr, and a status that is not 0"
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        called(call, tmp_path)
    status = ended.value.code
    said = status if isinstance(status, str) else capsys.readouterr().err
    assert status not in (0, None)
    said = said.strip().splitlines()
    error = said[-1]
    assert len(said) == 1, said
    assert phrase.lower() in error.lower(), error


@pytest.mark.parametrize('call, phrase', lines('fine'))
def test_fine(call, phrase, tmp_path, monkeypatch, limit):
    "Nothing is wrong with these"
    monkeypatch.chdir(tmp_path)
    end = outcome(call, tmp_path)
    assert end.kind == 'passed', end
