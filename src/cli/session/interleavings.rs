//! Plans that are saved, and applied later: in between, anything may have happened. Whatever it was, a plan is
//! done exactly on what it was made from, or not at all.
#![expect(clippy::disallowed_methods, reason = "tests prepare projects on disk")]

use std::path::PathBuf;

use clap::ColorChoice;

use super::*;
use crate::adapters::git::GitRepo;
use crate::cli::Cx;
use crate::cli::args::{Format, GlobalArgs, WriteArgs};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::commit::StateBranch;
use crate::model::{Ask, FlowAsk, Request, Time};
use crate::ports::{ObjectId, Repo as _};
use crate::seeds::{Replay, seeds};

/// How many plans are made and applied in one world.
const ROUNDS: u64 = 20;

const REFERENCE: &str = "refs/heads/orch/state";

/// A project on disk.
struct World {
    folder: tempfile::TempDir,
    clock: i64,
    tasks: u32,
    random: fastrand::Rng,
}

/// What may come between a plan and its application.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Nothing,
    Tick,
    Metric,
    Edit,
    EditAndBack,
    Later,
    MuchLater,
    Earlier,
    SomebodyApplies,
}

const MEANWHILE: [Meanwhile; 9] = [
    Meanwhile::Nothing,
    Meanwhile::Tick,
    Meanwhile::Metric,
    Meanwhile::Edit,
    Meanwhile::EditAndBack,
    Meanwhile::Later,
    Meanwhile::MuchLater,
    Meanwhile::Earlier,
    Meanwhile::SomebodyApplies,
];

const PUSH_NOTHING: WriteArgs = WriteArgs { push: false, dry_run: false };

impl World {
    fn with_seed(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repo = git2::Repository::init(folder.path()).unwrap();
        repo.config().unwrap().set_str("core.fsync", "none").unwrap();
        let world = Self { folder, clock: 1_800_000_000, tasks: 0, random: fastrand::Rng::with_seed(seed) };
        std::fs::write(world.path("orch.yaml"), "name: plans\n").unwrap();
        std::fs::write(world.path("sla.yaml"), "objectives:\n  - { name: done, for: task, within: 2d }\n")
            .unwrap();
        std::fs::create_dir(world.path("tasks")).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn cx(&self) -> Cx {
        let settings = Settings::resolve(GlobalArgs {
            directory: Some(self.folder.path().to_owned()),
            config_from: None,
            now: Some(Time::from_second(self.clock)),
            format: Format::Text,
            actor: Some("ada".to_owned()),
            color: ColorChoice::Never,
            quiet: true,
            verbose: false,
        });
        Cx { settings: settings.unwrap(), out: Output::new(ColorChoice::Never, true) }
    }

    fn tip(&self) -> Option<ObjectId> {
        GitRepo::discover(self.folder.path()).unwrap().reference(REFERENCE).unwrap()
    }

    fn parent(&self, commit: ObjectId) -> Option<String> {
        let repo = git2::Repository::open(self.folder.path()).unwrap();
        let commit = repo.find_commit(git2::Oid::from_bytes(&commit.0).unwrap()).unwrap();
        commit.parent_ids().next().map(|id| id.to_string())
    }

    /// One more task in the files, some time later.
    fn declare(&mut self) {
        self.tasks += 1;
        // A plan that is made while the clock lags behind the state is stale from the beginning.
        self.clock += 600;
        let task =
            |number: u32| format!("  - {{ code: PLAN-{number:03}, title: Task {number}, type: chore }}\n");
        let tasks: String = (1..=self.tasks).map(task).collect();
        std::fs::write(self.path("tasks/a.yaml"), format!("tasks:\n{tasks}")).unwrap();
    }

    fn plan(&self) -> SavedPlan {
        let cx = self.cx();
        let project = Project::find(&cx).unwrap();
        let work = Work { requests: Vec::new(), push: false, project: &project };
        let file = self.path(".git/plan.json");
        SavedPlan::new(&work.preview(&cx).unwrap(), &project).write(&file).unwrap();
        SavedPlan::read(&file).unwrap()
    }

    fn apply(&self, plan: SavedPlan) -> anyhow::Result<Ticked> {
        let cx = self.cx();
        let project = Project::find(&cx)?;
        plan.apply(&cx, &project, PUSH_NOTHING)
    }

    fn tick(&self, requests: Vec<Request>) {
        let cx = self.cx();
        let project = Project::find(&cx).unwrap();
        Work { requests, push: false, project: &project }.run(&cx).unwrap();
    }

    fn pass(&mut self, meanwhile: Meanwhile) {
        match meanwhile {
            Meanwhile::Nothing => {}
            Meanwhile::Tick => self.tick(Vec::new()),
            Meanwhile::Metric => {
                let metric = FlowAsk::RecordMetric { metric: "load".into(), value: 1.0 };
                self.tick(vec![Request::new("ada", Ask::Flow(metric))]);
            }
            Meanwhile::Edit => self.declare(),
            Meanwhile::EditAndBack => {
                let before = std::fs::read(self.path("orch.yaml")).unwrap();
                std::fs::write(self.path("orch.yaml"), "name: other\n").unwrap();
                std::fs::write(self.path("orch.yaml"), before).unwrap();
            }
            Meanwhile::Later => self.clock += 60,
            Meanwhile::MuchLater => self.clock += 3 * 86_400,
            Meanwhile::Earlier => self.clock -= 60,
            Meanwhile::SomebodyApplies => {
                if let Ok(plan) = SavedPlan::read(&self.path(".git/plan.json")) {
                    let _ = self.apply(plan);
                }
            }
        }
    }

    /// Makes a plan, lets things happen, applies it; whether it was done.
    fn round(&mut self) -> bool {
        self.declare();
        let plan = self.plan();
        let base = self.tip();
        let files = self.files();
        let mut happened = Vec::new();
        for _ in 0..self.random.u32(0..3) {
            let meanwhile = MEANWHILE[self.random.usize(0..MEANWHILE.len())];
            self.pass(meanwhile);
            happened.push(meanwhile);
        }
        let before = self.tip();
        let is_same = before == base && self.files() == files;
        match self.apply(plan) {
            Ok(ticked) => {
                assert!(is_same, "done on a base that had moved: {happened:?}");
                let tip = self.tip().unwrap();
                assert_ne!(Some(tip), base, "the plan was not empty");
                assert_eq!(self.parent(tip), base.map(|id| id.to_string()), "{happened:?}");
                assert!(ticked.committed.is_some());
                true
            }
            Err(error) => {
                assert!(error.is::<Stale>(), "{happened:?}: {error:#}");
                assert_eq!(self.tip(), before, "refused, and yet something moved: {happened:?}");
                let nothing = |what| matches!(what, &Meanwhile::Nothing | &Meanwhile::EditAndBack);
                assert!(!happened.iter().all(nothing), "refused without a reason: {error:#}");
                false
            }
        }
    }

    fn files(&self) -> Vec<Vec<u8>> {
        ["orch.yaml", "sla.yaml", "tasks/a.yaml"]
            .map(|name| std::fs::read(self.path(name)).unwrap_or_default())
            .to_vec()
    }

    /// Two processes apply the same plan at the same moment.
    fn race(&mut self) {
        self.declare();
        let plans = [self.plan(), self.plan()];
        let base = self.tip().map(|id| id.to_string());
        let world = &*self;
        let done: usize = std::thread::scope(|scope| {
            let running: Vec<_> = plans
                .into_iter()
                .map(|plan| scope.spawn(move || world.apply(plan).map(|_| ()).is_ok()))
                .collect();
            running.into_iter().map(|one| usize::from(one.join().unwrap())).sum()
        });
        assert_eq!(done, 1, "one of them, and one only");
        assert_eq!(self.parent(self.tip().unwrap()), base);
    }
}

/// The whole of it: `ORCH_TEST_SEEDS=500 cargo test a_plan_is_done_on_its_base -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn a_plan_is_done_on_its_base_or_not_at_all() {
    let (mut done, mut refused) = (0, 0);
    for seed in seeds(10) {
        let _replay = Replay::of("a_plan_is_done_on_its_base", seed);
        let mut world = World::with_seed(seed);
        for round in 0..ROUNDS {
            if round % 5 == 4 {
                world.race();
                (done, refused) = (done + 1, refused + 1);
            } else if world.round() {
                done += 1;
            } else {
                refused += 1;
            }
        }
        let repo = GitRepo::discover(world.folder.path()).unwrap();
        let branch = StateBranch::new(&repo, "orch/state");
        assert!(branch.fsck(&branch.tip().unwrap()).unwrap().findings.is_empty());
    }
    eprintln!("{} plans: {done} done, {refused} refused; 0 applied on a moved base", done + refused);
    assert!(done > 0 && refused > 0);
}
