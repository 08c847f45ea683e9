#!/usr/bin/env python3
"""orch beside the incumbent (Python + SQLite, one transaction a tick), on the same generated work. See README.md."""
import argparse, json, os, random, shutil, statistics, subprocess, sys, tempfile, time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SEED = HERE / "seed_v2"
NOW = "2026-01-09T00:00:00Z"
AGENTS = "coordinator creative content community gacha analytics asset novel lore cultural".split()
ROUTES = {
    "content": ["tweet", "thread"], "community": ["discord", "event", "community"],
    "gacha": ["banner", "gacha", "seasonal"], "novel": ["novel", "chapter", "story"],
}
ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "bench",
       "GIT_AUTHOR_EMAIL": "bench@localhost", "GIT_COMMITTER_NAME": "bench", "GIT_COMMITTER_EMAIL": "bench@localhost"}


def run(command, cwd=None, check=True):
    """Runs a command; gives (cpu seconds, wall seconds, stdout)."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.monotonic()
        process = subprocess.Popen([str(c) for c in command], cwd=cwd, env=ENV, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0); err.seek(0)
        text = out.read().decode()
        if check and process.returncode != 0:
            sys.exit(f"{command} failed with {process.returncode}:\n{text}\n{err.read().decode()}")
    return usage.ru_utime + usage.ru_stime, wall, text


def git(repo, *args):
    return run(["git", "-C", repo, *args])[2]


def team(project, agents):
    """The configuration of the generated team, as the incumbent has it in code."""
    project.mkdir(parents=True)
    git(project, "init", "-q")
    write = lambda name, value: (project / f"{name}.json").write_text(json.dumps(value, indent=1))
    write("orch", {"name": "bench"})
    write("agents", {"agents": [{"name": AGENTS[a["number"]], "max_active": a["max"]} for a in agents]})
    routes = [{"name": agent, "match": {"type": "content", "content_type": kinds}, "to": agent} for agent, kinds in ROUTES.items()]
    routes.append({"name": "assets", "match": {"type": "asset"}, "to": "asset"})
    write("routing", {"routes": routes, "fallback": "coordinator"})
    write("reviews", {
        "types": [{"name": "canon", "reviewers": ["lore"]}, {"name": "cultural", "reviewers": ["cultural"]},
                  {"name": "coordinator", "reviewers": ["coordinator"]}],
        "tiers": [{"tier": 1, "name": "Novel", "stages": [["canon", "cultural"], ["coordinator"]]},
                  {"tier": 2, "name": "Established", "stages": [["cultural"], ["coordinator"]]},
                  {"tier": 3, "name": "Repeatable", "stages": [["coordinator"]]}],
        "required": [{"match": {"type": "content"}, "default_tier": 1}],
    })
    up = lambda to: [{"to": to}]
    review = lambda name, kind, tier, within: {"name": name, "for": "review", "review": kind, "match": {"tier": tier}, "within": within, "escalate": up("coordinator")}
    task = lambda name, priority, within: {"name": name, "for": "task", "match": {"priority": priority}, "within": within, "escalate": up("coordinator")}
    write("sla", {"objectives": [
        review("canon-1", "canon", 1, "2h"), review("cultural-1", "cultural", 1, "2h"), review("cultural-2", "cultural", 2, "1h"),
        review("coordinator", "coordinator", [1, 2], "30m"), review("coordinator-3", "coordinator", 3, "15m"),
        task("p0", "P0", "24h"), task("p1", "P1", "72h"),
    ]})


def lines(path):
    with open(path) as f:
        return [json.loads(line) for line in f]


def as_import(task):
    task = {k: v for k, v in task.items() if k != "kind"}
    task["depends_on"] = task.pop("needs", [])
    if "agent" in task: task["agent"] = AGENTS[task["agent"]]
    for review in task.get("reviews", []): review["reviewer"] = AGENTS[review.pop("agent")]
    return task


def as_request(op):
    if op["op"] == "create": return {"do": "add", "add": {k: v for k, v in op["task"].items() if v is not None}}
    if op["op"] == "review": return {"do": "approve", "review": f"{op['code']}/{op['review']}"}
    return {"do": {"start": "start", "done": "complete"}[op["op"]], "task": op["code"]}


def jsonl(path, rows):
    with open(path, "w") as f:
        f.writelines(json.dumps(row) + "\n" for row in rows)


class World:
    """The same generated team for both: a SQLite file, and a repository with a state branch."""

    def __init__(self, args, name, n, history=0, fresh=False):
        self.orch, self.dir, self.n = args.orch, args.dir / name, n
        self.db, self.repo = self.dir / "queue.db", self.dir / "repo"
        data = self.dir / "data"
        if self.dir.exists(): return
        print(f"# generating {name}", file=sys.stderr)
        run([sys.executable, SEED / "gen.py", data, n, history] + (["--fresh"] if fresh else []))
        files = [data / "agents.jsonl"] + ([data / "history.jsonl"] if history else []) + [data / "active.jsonl"]
        if not (history and args.skip_incumbent): run([sys.executable, SEED / "seed_v2.py", "load", self.db, *files])
        team(self.repo, lines(data / "agents.jsonl"))
        for source in ["history", "active"] if history else ["active"]:
            jsonl(self.dir / "import.jsonl", map(as_import, lines(data / f"{source}.jsonl")))
            self.at(NOW, "import", self.dir / "import.jsonl", "-q")
        self.at(NOW, "tick", "-q")
        jsonl(self.dir / "requests.jsonl", map(as_request, lines(data / "ops-1pct.jsonl")))
        # Which blocks git stores as deltas on which is chance, and swings reading by a factor of two.
        git(self.repo, "repack", "-adfq", "--window=0", "--depth=0")

    def command(self, now, *args):
        return [self.orch, "-C", self.repo, "--now", now, *args]

    def at(self, now, *args):
        return run(self.command(now, *args))

    def seed(self, *args):
        return [sys.executable, SEED / "seed_v2.py", *args]


def copy(source, target):
    if target.is_dir(): shutil.rmtree(target)
    elif target.exists(): target.unlink()
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


def compare(title, runs, rows):
    """rows: label -> (prepare, command). Runs them in turn; prints medians and ratios to the first row."""
    samples = {label: [] for label in rows}
    for number in range(runs + 1):
        for label, (prepare, command) in rows.items():
            if prepare: prepare()
            sample = run(command)[:2]
            if number: samples[label].append(sample)
    base = next(iter(samples.values()))
    print(f"\n{title}\n{'':38} {'cpu s':>8} {'wall s':>8} {'cpu ratio':>10} {'wall ratio':>10}")
    for label, of in samples.items():
        median = [statistics.median(column) for column in zip(*of)]
        ratio = [statistics.median(a[i] / b[i] for a, b in zip(of, base)) for i in (0, 1)]
        print(f"{label:38} {median[0]:8.3f} {median[1]:8.3f} {ratio[0]:9.2f}x {ratio[1]:9.2f}x", flush=True)


def tick(args):
    for n in args.sizes:
        w = World(args, f"mixed-{n}", n)
        x, y = w.dir / "x.db", w.dir / "x"
        moved = [args.orch, "-C", y, "--now", NOW]
        compare(f"tick, nothing due, {n:,} active tasks", args.n, {
            "incumbent": (None, w.seed("tick", w.db, "--batch")),
            "orch tick": (None, w.command(NOW, "tick", "-q")),
            "orch plan (reads and plans everything)": (None, w.command(NOW, "plan", "-q")),
        })
        compare(f"tick in which 1 % of {n:,} tasks changed (orch: with the git commit)", args.n, {
            "incumbent, one transaction": (lambda: copy(w.db, x), w.seed("tick", x, "--batch", "--ops", w.dir / "data/ops-1pct.jsonl")),
            "orch tick --requests": (lambda: copy(w.repo, y), [*moved, "tick", "-q", "--requests", w.dir / "requests.jsonl"]),
        })


def drain(args):
    for n in args.sizes:
        w = World(args, f"fresh-{n}", n, fresh=True)
        x, y = w.dir / "x.db", w.dir / "x"
        copy(w.db, x); copy(w.repo, y)
        cpu, wall, text = run(w.seed("drain", x, "--batch"))
        print(f"\nfull drain of {n:,} tasks\nincumbent:               {cpu:.2f} cpu s, {wall:.2f} wall s, {text.strip()}", flush=True)
        own = run([program("drain"), y])
        print(f"orch, one process too:   {own[0]:.2f} cpu s, {own[1]:.2f} wall s, {own[2].strip()}; ratio {own[0] / cpu:.2f}x", flush=True)
        copy(w.repo, y)
        total, clock, ticks = [0.0, 0.0], 0, 0
        while True:
            ops = []
            for line in run([args.orch, "-C", y, "--now", NOW, "export"])[2].splitlines():
                t = json.loads(line)
                if t["status"] in ("pending", "in_progress") and t["agent"]:
                    if t["status"] == "pending": ops.append({"do": "start", "task": t["code"]})
                    ops.append({"do": "complete", "task": t["code"]})
                ops += [{"do": "approve", "review": f"{t['code']}/{r['type']}"} for r in t["reviews"] if r["status"] == "pending"]
            if not ops: break
            clock += 1
            jsonl(w.dir / "ops.jsonl", ops)
            now = f"2026-01-09T00:{clock // 60:02}:{clock % 60:02}Z"
            one = run([args.orch, "-C", y, "--now", now, "tick", "-q", "--requests", w.dir / "ops.jsonl"])
            total = [total[0] + one[0], total[1] + one[1]]; ticks += 1
        left = sum(json.loads(l)["status"] not in ("complete", "cancelled") for l in run([args.orch, "-C", y, "--now", NOW, "export"])[2].splitlines())
        print(f"orch, a process a tick:  {total[0]:.2f} cpu s, {total[1]:.2f} wall s, {ticks} ticks, {left} left; ratio {total[0] / cpu:.2f}x", flush=True)


def next_requests(tasks, rng, serial):
    """What the incumbent's `script` does in a tick (40 % reviews, 20 % done, 20 % started, the rest new), on orch's own state:
    which of the queued tasks gets a free agent differs, so the recorded operations would not all fit."""
    of = lambda status: [t for t in tasks if t["status"] == status]
    k = max(1, sum(t["status"] not in ("complete", "cancelled") for t in tasks) // 100)
    pick = lambda rows, m: rng.sample(rows, min(len(rows), m))
    pending = [f"{t['code']}/{r['type']}" for t in of("review") for r in t["reviews"] if r["status"] == "pending"][:5000]
    ops = [{"do": "approve", "review": r} for r in pick(pending, k * 4 // 10)]
    ops += [{"do": "complete", "task": t["code"]} for t in pick(of("in_progress")[:5000], k * 2 // 10)]
    ops += [{"do": "start", "task": t["code"]} for t in pick([t for t in of("pending") if t["agent"]][:5000], k * 2 // 10)]
    while len(ops) < k:
        serial[0] += 1
        t = dict(rng.choice(tasks))
        add = {key: t[key] for key in ("title", "type", "content_type", "priority", "tier", "deadline") if t[key] is not None}
        ops.append({"do": "add", "add": {**add, "code": f"{t['type'].upper()}-{serial[0]:07d}"}})
    return ops


def sizes_of(repo):
    count = lambda: {k: v for k, v in (l.split(": ") for l in git(repo, "count-objects", "-v").splitlines())}
    loose = int(count()["size"])
    git(repo, "gc", "-q", "--prune=now")
    return loose, int(count()["size-pack"])


def growth(args):
    n, ticks = args.sizes[0] if args.sizes != SIZES else 10_000, 100
    w = World(args, f"mixed-{n}", n)
    script = w.dir / "script"
    x, y, z = w.dir / "x.db", w.dir / "x", w.dir / "z"
    if not script.exists():
        copy(w.db, x); run(w.seed("script", x, script, ticks, "--frac", "0.01"))
    copy(w.repo, y); copy(w.db, x)
    if z.exists(): shutil.rmtree(z)
    z.mkdir(); git(z, "init", "-q")
    shutil.copy(x, z / "queue.db"); git(z, "add", "-A"); git(z, "commit", "-qm", "start")
    for repo in (y, z): git(repo, "gc", "-q", "--prune=now")
    before = {repo: sizes_of(repo)[1] for repo in (y, z)}
    rng, serial = random.Random(7), [1_000_000]
    for i, file in enumerate(sorted(script.iterdir())):
        minutes = (i + 1) * 15
        now = f"2026-01-{9 + minutes // 1440:02}T{minutes // 60 % 24:02}:{minutes % 60:02}:00Z"
        tasks = [json.loads(line) for line in run([args.orch, "-C", y, "--now", now, "export"])[2].splitlines()]
        jsonl(w.dir / "ops.jsonl", next_requests(tasks, rng, serial))
        run([args.orch, "-C", y, "--now", now, "tick", "-q", "--requests", w.dir / "ops.jsonl"])
        ENV["SEED_SLA_ONCE"] = "1"
        run(w.seed("tick", x, "--batch", "--now", now, "--ops", file))
        shutil.copy(x, z / "queue.db"); git(z, "add", "-A"); git(z, "commit", "-qm", f"tick {i}", "--allow-empty")
    print(f"\ngrowth of the repository over {ticks} ticks, 1 % of {n:,} tasks a tick")
    figures = {}
    for label, repo in (("incumbent (SQLite file)", z), ("orch", y)):
        loose, packed = sizes_of(repo)
        figures[label] = loose, packed - before[repo]
        print(f"{label:26} loose {loose / 1024:8.2f} MB   packed {(packed - before[repo]) / 1024:6.2f} MB")
    (a, b), (c, d) = figures.values()
    print(f"{'ratio':26} loose {'1/' + format(a / max(c, 1), '.0f'):>8}      packed {'1/' + format(b / max(d, 1), '.1f'):>6}")


def history(args):
    n, finished = 100_000, args.finished
    plain = World(args, f"mixed-{n}", n)
    long = World(args, f"history-{n}-{finished}", n, history=finished)
    # The import's own segment leaves the tip with the tick after it.
    rows = {}
    for label, w in (("orch", plain), (f"orch, {finished:,} finished behind it", long)):
        y = w.dir / "x"
        rows[f"{label}: idle"] = (None, w.command(NOW, "tick", "-q"))
        rows[f"{label}: plan"] = (None, w.command(NOW, "plan", "-q"))
        rows[f"{label}: 1 %"] = ((lambda w=w, y=y: copy(w.repo, y)), [args.orch, "-C", y, "--now", NOW, "tick", "-q", "--requests", w.dir / "requests.jsonl"])
    compare(f"{n:,} active tasks, with and without {finished:,} finished ones", args.n, rows)
    copy(long.repo, long.dir / "x")
    run([args.orch, "-C", long.dir / "x", "--now", NOW, "tick", "-q", "--requests", long.dir / "requests.jsonl"])
    target = long.dir / "clone"
    clone = ["git", "clone", "-q", "--bare", "--depth", "1", "--single-branch", "--branch", "orch/state", f"file://{long.dir / 'x'}", target]
    compare("git clone --depth 1 of the state branch", args.n, {"clone": (lambda: shutil.rmtree(target, ignore_errors=True), clone)})


def startup(args):
    repo = args.dir / "start"
    if not repo.exists():
        repo.mkdir(parents=True); git(repo, "init", "-q"); run([args.orch, "-C", repo, "init", "content-team"])
    compare("start-up", max(args.n, 20), {
        "git --version": (None, ["git", "--version"]),
        "orch --version": (None, [args.orch, "--version"]),
        "orch validate (the content team)": (None, [args.orch, "-C", repo, "validate"]),
    })


def program(name):
    """The path of a bench program, built."""
    built = subprocess.run(["cargo", "build", "--release", "--bench", name, "--message-format=json"], cwd=HERE, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return next(m["executable"] for m in map(json.loads, built.stdout.splitlines()) if m.get("executable") and m["target"]["name"] == name)


def project(path, workflows):
    """A project with these workflows: name -> YAML."""
    (path / "workflows").mkdir(parents=True); git(path, "init", "-q")
    (path / "orch.yaml").write_text("name: bench\n")
    for name, text in workflows.items(): (path / f"workflows/{name}.yaml").write_text(text)


def dag(args):
    """A DAG of 1,000 shell steps that do nothing, recorded and with their output captured, against a loop that only starts them."""
    floor, n = program("floor"), 1000
    for shape, jobs in (("chain", 1), ("wide", 2)):
        x = args.dir / f"dag-{shape}"
        step = lambda i: f"  - id: s{i}\n    run: test 1 -eq 1\n" + (f"    needs: [s{i - 1}]\n" if shape == "chain" and i else "")
        if not x.exists():
            project(x, {shape: f"name: {shape}\non: manual\nconcurrency: {{max_parallel: {jobs}}}\nsteps:\n" + "".join(map(step, range(n)))})
        # Each run begins with a clone that lies there already: to make one, or remove one, right before it makes
        # the file system slow at what follows.
        clones = [args.dir / f"dag-{shape}-{number}" for number in range(args.n + 1)]
        for clone in clones: copy(x, clone)
        os.sync(); time.sleep(6)
        (args.dir / "here").unlink(missing_ok=True)
        def next_clone(left=list(clones)):
            here = args.dir / "here"
            here.unlink(missing_ok=True); here.symlink_to(left.pop())
        compare(f"{n:,} shell steps, {shape}, {jobs} at a time", args.n, {
            "bare loop, output captured": (None, [floor, "spawn", n, jobs]),
            "orch run": (next_clone, [args.orch, "-C", args.dir / "here", "run", shape, "-q"]),
        })
        for clone in clones: shutil.rmtree(clone)


def workflow(i):
    """One of many workflow files, of 4 to 14 steps."""
    rng = random.Random(i)
    steps, ids = "", []
    for k in range(rng.randint(4, 14)):
        steps += f"  - id: step-{k}\n    name: Step {k} of the queue\n"
        steps += f"    run: |\n      set -e\n      ./scripts/check.sh --limit {rng.randint(1, 99)} \"$OUT\"\n    env: {{OUT: outputs/{k}.md, ITEM: '{rng.randint(1, 9999)}'}}\n" if rng.random() < .6 else \
                 f"    notify: {{channel: console, text: '{{{{ workflow.name }}}} is at {k}: please look'}}\n"
        if ids and rng.random() < .8: steps += f"    needs: [{', '.join(sorted(rng.sample(ids, min(len(ids), rng.randint(1, 2)))))}]\n"
        if rng.random() < .3: steps += "    if: vars.limit > 3 and not vars.dry\n"
        if rng.random() < .4: steps += f"    retry: {{attempts: {rng.randint(1, 5)}, delay: {rng.randint(1, 60)}s}}\n"
        if rng.random() < .5: steps += f"    timeout: {rng.randint(1, 30)}m\n"
        ids.append(f"step-{k}")
    trigger = rng.choice([f"schedule: {{cron: '{rng.randint(0, 59)} {rng.randint(0, 23)} * * 1-5', timezone: Asia/Tokyo, catch_up: latest}}",
                          "event: task.completed\n    if: event.task.tier < 3", f"metric: {{name: queue.depth, above: {rng.randint(10, 500)}, for: 10m}}",
                          "manual: {}"])
    return (f"name: queue-{i:04}\ndescription: |\n  Runs the report when it is due, and tells the owner.\n  See docs/report.md for the runbook.\n"
            f"criticality: {rng.choice(['low', 'medium', 'critical'])}\non:\n  - {trigger}\nvars: {{limit: {rng.randint(1, 100)}, dry: false}}\n"
            f"concurrency: {rng.choice(['queue', 'skip', 'replace'])}\ntimeout: 2h\npermissions: {{commands: [set, ./scripts/check.sh]}}\nsteps:\n{steps}")


def validate(args):
    x = args.dir / "workflows-1000"
    if not x.exists():
        project(x, {f"queue-{i:04}": workflow(i) for i in range(1000)})
        (x / "channels.yaml").write_text("channels: [{name: console, console: {}}]\n")
        (x / "schema.json").write_text(run([args.orch, "schema", "workflows"])[2])
    files = sorted((x / "workflows").iterdir())
    compare("1,000 workflow files", args.n, {
        "bare loop: YAML and JSON Schema": (None, [program("floor"), "validate", x / "schema.json", *files]),
        "orch validate": (None, [args.orch, "-C", x, "validate", "-q"]),
    })


def schedules(args):
    n, x = 10_000, args.dir / "schedules"
    line = lambda i: f"  - schedule: {{cron: '{i % 60} {i // 60 % 24} * * *', timezone: Asia/Tokyo}}\n"
    if not x.exists():
        project(x, {f"w{k}": f"name: w{k}\non:\n" + "".join(line(k * 100 + i) for i in range(100)) + "steps:\n  - id: s\n    run: test 1 -eq 1\n" for k in range(n // 100)})
        run([args.orch, "-C", x, "--now", NOW, "tick", "-q"])
    later = NOW.replace("00:00Z", "00:30Z")
    compare(f"{n:,} schedules, none due", args.n, {
        "orch tick": (None, [args.orch, "-C", x, "--now", later, "tick", "-q"]),
        "orch plan (reads and plans everything)": (None, [args.orch, "-C", x, "--now", later, "plan", "-q"]),
    })


SIZES = [1_000, 10_000, 100_000]
BENCHES = {"startup": startup, "tick": tick, "drain": drain, "growth": growth, "history": history, "dag": dag, "validate": validate, "schedules": schedules}

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("bench", choices=[*BENCHES, "all"])
parser.add_argument("--orch", type=Path, default=HERE.parents[1] / "target/release/orch")
parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")], default=SIZES)
parser.add_argument("--finished", type=int, default=1_000_000)
parser.add_argument("--skip-incumbent", action="store_true", help="no SQLite file of the finished tasks (398 MB)")
parser.add_argument("--dir", type=Path, help="where the generated data goes and is kept")
parser.add_argument("-n", type=int, default=5)
arguments = parser.parse_args()
arguments.orch = arguments.orch.resolve()
keep = arguments.dir is not None
arguments.dir = (arguments.dir or Path(tempfile.mkdtemp(prefix="orch-bench-"))).resolve()
arguments.dir.mkdir(parents=True, exist_ok=True)
try:
    for bench in BENCHES if arguments.bench == "all" else [arguments.bench]:
        BENCHES[bench](arguments)
finally:
    if not keep: shutil.rmtree(arguments.dir, ignore_errors=True)
