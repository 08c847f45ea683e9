//! Text from outside through every sink, judged by the programs that read the result: real shells,
//! and readers of JSON, Markdown and HTML. Nothing of it runs, and all of it arrives as it was.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use orch::expr::{Sink, Template};
use serde_json::{Value, json};

const SHELLS: [&[&str]; 2] = [&["sh", "-c"], &["bash", "-c"]];
/// An invisible character that breaks up what would be linked.
const JOINER: char = '\u{2060}';

/// The payloads of the fixtures, and combinations of them.
fn payloads() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/injection");
    let mut basic = BTreeSet::new();
    for file in ["shell.txt", "automation.txt", "markup.txt"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        basic.extend(text.lines().map(unescape));
    }
    let mut all = basic.clone();
    all.insert(String::new());
    for payload in &basic {
        for (before, after) in
            [("x", "y"), ("a ", " b"), ("'", "'"), ("\"", "\""), ("line\n", "\nline"), ("\\", "\\")]
        {
            all.insert(format!("{before}{payload}{after}"));
        }
    }
    assert!(all.len() >= 1500, "{}", all.len());
    all.into_iter().collect()
}

fn unescape(line: &str) -> String {
    let (mut text, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once('\\') {
        text += before;
        let mut letters = after.chars();
        match letters.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('0') => text.push('\0'),
            Some('u') => {
                let (code, after) = after.strip_prefix("u{").unwrap().split_once('}').unwrap();
                text.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
                rest = after;
                continue;
            }
            Some(letter) => text.push(letter),
            None => panic!("a backslash at the end of {line}"),
        }
        rest = letters.as_str();
    }
    text + rest
}

/// The payload, except for the characters that name secrets, which no value may hold.
fn neutral(payload: &str) -> String {
    payload.replace(['\u{10f5e1}', '\u{10f5e2}'], "\u{fffd}")
}

fn render(template: &str, sink: Sink, payload: &str) -> Result<String, String> {
    let scope = json!({ "x": payload });
    Template::parse(template, sink).unwrap().render(&scope).map_err(|error| error.message)
}

/// Runs a script in the folder; gives what it printed.
fn run(shell: &[&str], script: &str, folder: &Path) -> Vec<u8> {
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg(script)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    output.unwrap().stdout
}

fn canary(folder: &Path) -> bool {
    folder.join("canary").exists()
}

#[test]
fn shells_get_every_payload_as_it_is_and_run_none() {
    let payloads: Vec<String> = payloads().into_iter().filter(|payload| !payload.contains('\0')).collect();
    let folder = tempfile::tempdir().unwrap();
    let forms = [
        "printf '%s\\0' {{ x }}\n",
        "v={{ x }}; printf '%s\\0' \"$v\"\n",
        "if true; then printf '%s\\0' \"$(printf '%s.' {{ x }})\"; fi\n",
        "printf '%s\\0' \"a\"{{ x }}'b'\n",
        "for v in {{ x }}; do printf '%s\\0' \"$v\"; done # end\n",
        "f() { printf '%s\\0' \"$1\"; }; f {{ x }}\n",
        "case {{ x }} in *) printf '%s\\0' {{ x }};; esac\n",
        "[ {{ x }} = y ] ; printf '%s\\0' --name={{ x }} | cat\n",
        "export V={{ x }}; sh -c 'printf \"%s\\\\0\" \"$V\" \"$1\"' sh {{ x }}\n",
    ];
    for form in forms {
        for shell in SHELLS {
            // Many in one process, which is what a hole would need to spoil the next one.
            for some in payloads.chunks(200) {
                let script: String =
                    some.iter().map(|payload| render(form, Sink::Shell, payload).unwrap()).collect();
                let expected: Vec<u8> = some
                    .iter()
                    .flat_map(|payload| {
                        let payload = neutral(payload);
                        let printed = match form {
                            form if form.contains("'b'") => format!("a{payload}b\0"),
                            form if form.contains("$(") => format!("{payload}.\0"),
                            form if form.contains("--name") => format!("--name={payload}\0"),
                            form if form.contains("export") => format!("{payload}\0{payload}\0"),
                            _ => format!("{payload}\0"),
                        };
                        printed.into_bytes()
                    })
                    .collect();
                let printed = run(shell, &script, folder.path());
                let same = printed == expected;
                assert!(same, "{shell:?} {form}: {}", first_difference(&printed, &expected));
                assert!(!canary(folder.path()), "{shell:?} ran a payload in {form}");
            }
        }
    }
}

fn first_difference(printed: &[u8], expected: &[u8]) -> String {
    let (printed, expected): (Vec<_>, Vec<_>) =
        (printed.split(|byte| *byte == 0).collect(), expected.split(|byte| *byte == 0).collect());
    let show = |bytes: Option<&&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let at = printed
        .iter()
        .zip(&expected)
        .position(|(one, other)| one != other)
        .unwrap_or(printed.len().min(expected.len()));
    format!("printed {:?}, expected {:?}", show(printed.get(at)), show(expected.get(at)))
}

#[test]
fn nul_and_maps_are_refused_by_shells() {
    let script = Template::parse("printf {{ 'x' }}x", Sink::Shell);
    assert!(script.is_err(), "the format of printf");
    let template = Template::parse("show {{ x }}", Sink::Shell).unwrap();
    assert!(template.render(&json!({ "x": "a\0b" })).is_err());
    assert!(template.render(&json!({ "x": { "a": 1 } })).is_err());
    assert!(template.render(&json!({ "x": null })).is_err());
    let list = template.render(&json!({ "x": ["a b", "c'd", 3] })).unwrap();
    assert_eq!(list, r"show 'a b' 'c'\''d' '3'");
    let part = Template::parse("show --x={{ x }}", Sink::Shell).unwrap();
    assert!(part.render(&json!({ "x": ["a"] })).is_err());
}

/// Values that do harm where quoting fails, each in another way.
const HARM: [&str; 9] = [
    "$(touch canary)`touch canary`",
    "'; touch canary; '",
    "\"; touch canary; \"",
    "a[$(touch canary)]",
    "a[$(touch canary)]=1",
    "touch canary",
    "\nEOF\ntouch canary\n",
    ")); touch canary; )); touch canary #",
    "-v",
];

/// Scripts with a value at every kind of place. `show` records its arguments.
const PLACES: &[&str] = &[
    "show {{ x }}",
    "show a{{ x }}b",
    "show 'a'{{ x }}\"b\"",
    "show \"$(show {{ x }})\"",
    "show $(show {{ x }} | cat)",
    "show \"{{ x }}\"",
    "show '{{ x }}'",
    "show \"a $(show \"b {{ x }}\")\"",
    "show `echo {{ x }}`",
    "show \\{{ x }}",
    "show $\\\n{{ x }}",
    "show ${{ x }}",
    "show $'a'{{ x }}",
    "show $'\\''{{ x }}'",
    "show \"$\"{{ x }}",
    "show \"\\\"\"{{ x }}",
    "show \"\\\\\"{{ x }}",
    "show \"\\\\\\\"{{ x }}",
    "show \"$(echo ')')\" {{ x }}",
    "show \"$(echo \")\")\" {{ x }}",
    "show \"$(echo '\"')\" {{ x }}",
    "show \"${a:-\"}\"}\" {{ x }}",
    "show ${a:-'} {{ x }}",
    "show ${a:-\\}} {{ x }}",
    "show ${a#\"'\"} {{ x }}",
    "show \"${a:-'}\" {{ x }}",
    "show ${#a} {{ x }} # }",
    "show $# {{ x }}",
    "show $#{{ x }}",
    "show $$({{ x }})",
    "show a#b {{ x }}",
    "show a #{{ x }}",
    "show a # it's\nshow {{ x }}",
    "show a #'\nshow {{ x }} #'",
    "show $(echo a # )\n) {{ x }}",
    "show $(( 1 + {{ x }} ))",
    "show $((1)) {{ x }}",
    "show $(( (1) + 2 )) {{ x }}",
    "show $((echo a) ; (echo b)) {{ x }}",
    "show $[ {{ x }} ]",
    "(( {{ x }} ))",
    "(( a[{{ x }}] ))",
    "let a={{ x }}",
    "a[{{ x }}]=1",
    "a=([{{ x }}]=1)",
    "a=({{ x }}); show \"${a[@]}\"",
    "a=( b {{ x }} c ); show \"${a[@]}\"",
    "declare -A a=({{ x }} b)",
    "declare {{ x }}",
    "declare -i a={{ x }}",
    "declare -i a; a={{ x }}",
    "f() { a={{ x }}; }; declare -i a; f",
    "local a={{ x }}",
    "f() { local a={{ x }}; show \"$a\"; }; f",
    "f() { local -i a; a={{ x }}; }; f",
    "declare -n r; r={{ x }}; echo $r",
    "typeset -i a\na={{ x }}",
    "export {{ x }}",
    "export A={{ x }}; show \"$A\"",
    "readonly A={{ x }}; show \"$A\"",
    "RANDOM={{ x }}",
    "SECONDS={{ x }}",
    "OPTIND={{ x }}",
    "LINENO={{ x }}",
    "PS4={{ x }}; set -x; show a",
    "IFS={{ x }}",
    "BASH_ENV={{ x }} bash -c true",
    "PROMPT_COMMAND={{ x }}",
    "A={{ x }}; show \"$A\"",
    "A={{ x }}{{ x }} show b",
    "A=\"a\"{{ x }}; show \"$A\"",
    "\"A\"={{ x }}",
    "$A={{ x }}",
    "A+={{ x }}; show \"$A\"",
    "[ {{ x }} = y ]; show {{ x }}",
    "[ -n {{ x }} ] && show {{ x }}",
    "[ -v {{ x }} ]",
    "[ ! -v {{ x }} ]",
    "[ {{ y }} {{ x }} ]",
    "[ ! {{ y }} {{ x }} ]",
    "z='a[$(touch canary)]'; [ {{ y }} \"$z\" ]",
    "[ $y {{ x }} ]",
    "[ {-v,} {{ x }} ]",
    "test -v {{ x }}",
    "test {{ x }} -eq 1",
    "[ {{ x }} -lt 1 ]",
    "[[ {{ x }} -eq 1 ]]",
    "[[ -v {{ x }} ]]",
    "[[ a == b && -v {{ x }} ]]",
    "[[ a =~ {{ x }} ]]",
    "[[ a == b ]] || show {{ x }}",
    "[[ a =~ ^(a|b)$ ]] && show {{ x }}",
    "printf {{ x }}",
    "printf {{ y }} {{ x }} b",
    "printf -v {{ x }} b",
    "printf -- {{ x }}",
    "printf '%s' {{ x }} >/dev/null; show {{ x }}",
    "printf '%d' {{ x }}",
    "read {{ x }} </dev/null",
    "unset {{ x }}",
    "unset -v {{ x }}",
    "eval {{ x }}",
    "eval show {{ x }}",
    "\\eval {{ x }}",
    "'eval' {{ x }}",
    "e\"val\" {{ x }}",
    "command eval {{ x }}",
    "command -p eval {{ x }}",
    "builtin eval {{ x }}",
    "A=1 eval {{ x }}",
    "! eval {{ x }}",
    "if eval {{ x }}; then :; fi",
    "time eval {{ x }}",
    "time -p eval {{ x }}",
    "time { eval {{ x }}; }",
    "{eval,} {{ x }}",
    "e=eval; $e {{ x }}",
    "e=eval; \"$e\" {{ x }}",
    "e=ev; ${e}al {{ x }}",
    "env eval {{ x }}",
    "function f { eval {{ x }}; }; f",
    "f() { eval {{ x }}; }; f",
    "f () { show {{ x }}; }; f",
    "f()\n{\nshow {{ x }}\n}\nf",
    "f() ( show {{ x }} ); f",
    "trap {{ x }} EXIT",
    "trap 'show a' EXIT; show {{ x }}",
    ". {{ x }}",
    "source {{ x }}",
    "sh -c {{ x }}",
    "bash -c {{ x }}",
    "sh -ec {{ x }}",
    "sh -e -c {{ x }}",
    "bash -o pipefail -c {{ x }}",
    "bash -c -o pipefail {{ x }}",
    "bash -euo pipefail -c {{ x }}",
    "bash +O extglob -c {{ x }}",
    "bash --rcfile a -c {{ x }}",
    "sh {-c,} {{ x }}",
    "o=-c; sh $o {{ x }}",
    "sh {{ y }} {{ x }}",
    "/bin/sh -c {{ x }}",
    "\"/bin/sh\" -c {{ x }}",
    "exec sh -c {{ x }}",
    "env A=1 sh -c {{ x }}",
    "env -i sh -c {{ x }}",
    "nice -n 5 sh -c {{ x }}",
    "timeout 5 sh -c {{ x }}",
    "nohup sh -c {{ x }}",
    "echo a | xargs sh -c {{ x }}",
    "flock lock sh -c {{ x }}",
    "find . -exec sh -c {{ x }} ;",
    "find . -exec {{ x }} ;",
    "sh -c 'printf \"%s\" \"$1\"' sh {{ x }}; show {{ x }}",
    "sh -c {{ x }}'show'",
    "sh -c \"show \"{{ x }}",
    "set {{ x }}; show \"$1\"",
    "set -- {{ x }}; show \"$1\"",
    "{{ x }}",
    "{{ x }} a",
    "a{{ x }}",
    "e{{ x }} touch canary",
    "./{{ x }}",
    "A=1 {{ x }}",
    "show a; {{ x }}",
    "show a && {{ x }}",
    "show a\n{{ x }}",
    "( {{ x }} )",
    "$( {{ x }} )",
    "<( {{ x }} )",
    "if {{ x }}; then :; fi",
    "if true; then {{ x }}; fi",
    "! {{ x }}",
    "{ {{ x }}; }",
    "case {{ x }} in a) show b;; *) show {{ x }};; esac",
    "case a in {{ x }}) show b;; esac",
    "case a in a) {{ x }};; esac",
    "case a in (a) show {{ x }};; esac",
    "case a in a|b) show {{ x }};; esac; show {{ x }}",
    "show \"$(case a in a) echo b;; esac)\" {{ x }}",
    "show $(case a in a) show {{ x }};; esac)",
    "show \"$(case x in case) echo;; esac) {{ x }}\"",
    "for i in {{ x }}; do show \"$i\"; done",
    "for i in a {{ x }} b; do show \"$i\"; done",
    "for {{ x }} in a; do :; done",
    "for ((i=0; i<{{ x }}; i++)); do :; done",
    "for i in a; do show {{ x }}; done",
    "select i in {{ x }}; do break; done",
    "cat <<EOF\n{{ x }}\nEOF",
    "cat <<'EOF'\n{{ x }}\nEOF",
    "cat <<-EOF\n\t{{ x }}\n\tEOF",
    "cat <<EOF\na\nEOF\nshow {{ x }}",
    "cat <<'EOF'\nit's\nEOF\nshow {{ x }}",
    "cat <<\"EOF\"\nit's \" `\nEOF\nshow {{ x }}",
    "cat <<\\EOF\nit's\nEOF\nshow {{ x }}",
    "cat <<E'O'F\nit's\nEOF\nshow {{ x }}",
    "cat <<EOF\na\\\nEOF\nshow {{ x }}\nEOF",
    "cat <<EOF\n'\n EOF\nEOF\nshow {{ x }}",
    "cat <<-EOF\n'\n\tEOF\nshow {{ x }}",
    "cat <<A <<B\n'\nA\n\"\nB\nshow {{ x }}",
    "cat <<EOF | show {{ x }}\na'\nEOF",
    "cat <<EOF; show {{ x }}\na'\nEOF\nshow {{ x }}",
    "show \"$(cat <<EOF\n'\nEOF\n)\" {{ x }}",
    "show $(cat <<EOF)\n'\nEOF\nshow {{ x }}",
    "cat <<EOF 'a\n' \nEOF\nshow {{ x }}",
    "cat <<{{ x }}\na\n",
    "cat << {{ x }}\na\n",
    "cat <<EOF{{ x }}\na\n",
    "cat <<<{{ x }}; show {{ x }}",
    "cat <<< {{ x }} ; show {{ x }}",
    "cat <\\\n<EOF\n{{ x }}\nEOF",
    "show a >{{ x }}.out",
    "show a > out 2>&1; show {{ x }}",
    "show {{ x }} > out",
    "show a >&{{ x }}",
    "show a 2>&{{ x }}",
    "show a &> out {{ x }}",
    "show a <&{{ x }}",
    "show a &>> {{ x }}",
    "> out {{ x }}",
    "cat <({{ x }})",
    "cat <(show {{ x }}) >/dev/null",
    "show a | cat | show {{ x }}",
    "show a |& cat; show {{ x }}",
    "show a & show {{ x }}; wait",
    "show a\\\n {{ x }}",
    "show a \\\n{{ x }}",
    "show a \\\n#{{ x }}",
    "show a\\\n#{{ x }}",
    "show a\\ {{ x }}",
    "show a\\\\{{ x }}",
    "show a\\\\\\{{ x }}",
    "shopt -s extglob\nshow @({{ x }})",
    "shopt -s extglob\nshow +(a|'b') {{ x }}",
    "show @(a) {{ x }}",
    "alias show='eval'\nshow {{ x }}",
    "alias a='echo \"'\na {{ x }}",
    "show {a,{{ x }}}",
    "show {{ x }}{a,b}",
    "show [{{ x }}]",
    "show ~{{ x }}",
    "show {{ x }}*",
    "show a*{{ x }}",
    "coproc show {{ x }}",
    "coproc { eval {{ x }}; }",
    "wait -p {{ x }}",
    "mapfile -C {{ x }} a </dev/null",
    "exec 3>&1; show {{ x }}",
    "exec {{ x }}",
    "exec -a {{ x }} sh",
    "show ${ {{ x }}; }",
    "show \"${a[{{ x }}]}\"",
    "show \"${!{{ x }}}\"",
    "show \"$(\n# it's\nshow {{ x }})\"",
    "show \"$(show '$(' ) \"{{ x }}",
    "show $(show \"`echo ')'`\") {{ x }}",
    "show `echo \\`echo a\\`` {{ x }}",
    "show `echo '` {{ x }} `'`",
    "show \"`echo \\\"`\" {{ x }}",
    "show \"a\nb\" {{ x }}",
    "show 'a\nb # \" ' {{ x }}",
    "if true; then\n  show {{ x }}\nelif false; then\n  show b\nelse\n  show c\nfi\nshow {{ x }}",
    "while false; do show {{ x }}; done; show {{ x }}",
    "show a || { show b; show {{ x }}; }; show {{ x }}",
    "(cd . && show {{ x }}) && show {{ x }}",
    "((echo a); show {{ x }})",
    "( (show {{ x }}) )",
    "show a) {{ x }}",
    "show \"${a}\" ${b} \"$c\" $d {{ x }}",
    "cp -- {{ x }} a; show {{ x }}",
    "set -eu\nshow {{ x }}",
    "set -e; A=$(show {{ x }}); printf '%s' \"$A\"; show {{ x }}",
    "A=`true` B={{ x }} show \"$A\"",
    "show {{ x }}(touch canary)",
    "{{ x }}() { touch canary; }",
    "show a;{{ x }}",
    "show a;;{{ x }}",
    "show a #\r\nshow {{ x }}",
    "cat <<EOF\r\nit's\r\nEOF\r\nshow {{ x }}",
    "show \u{a0}#{{ x }}",
    "show {{ x }} {{ x }} {{ y }}",
    "declare {-i,n}; n={{ x }}",
    "declare $o n; n={{ x }}",
    "declare -a a=({{ x }})",
];

const PRELUDE: &str =
    "show() { printf '%s\\0' \"$@\"; printf '%s\\0' \"$@\" >>\"$RECORD\"; }\nRECORD=$PWD/record\n";

/// Runs an accepted script with every value in both shells. Gives what went wrong.
fn try_script(script: &str, values: &[&str]) -> Result<bool, String> {
    let Ok(template) = Template::parse(script, Sink::Shell) else { return Ok(false) };
    let shows = script.split([';', '\n', '|', '&', '(']).any(|part| {
        let part = part.trim_start_matches([' ', '\t', '{']);
        part.strip_prefix("show ").is_some_and(|rest| rest.contains("{{ x }}") && !rest.contains('>'))
    });
    for shell in SHELLS {
        let mut reads_it = None;
        for value in values {
            let scope = json!({ "x": value, "y": "-v" });
            let rendered =
                template.render(&scope).map_err(|error| format!("{script:?}: {}", error.message))?;
            let folder = tempfile::tempdir().unwrap();
            run(shell, &format!("{PRELUDE}{rendered}"), folder.path());
            if canary(folder.path()) {
                return Err(format!("{}: {script:?} ran {value:?}", shell[0]));
            }
            if shows && *reads_it.get_or_insert_with(|| reads(shell[0], &rendered, folder.path())) {
                let recorded = std::fs::read(folder.path().join("record")).unwrap_or_default();
                let recorded = String::from_utf8_lossy(&recorded);
                if !recorded.contains(value) {
                    return Err(format!("{}: {script:?} changed {value:?}: {recorded:?}", shell[0]));
                }
            }
        }
    }
    Ok(true)
}

fn reads(shell: &str, script: &str, folder: &Path) -> bool {
    let status =
        Command::new(shell).args(["-n", "-c", script]).current_dir(folder).stderr(Stdio::null()).status();
    status.unwrap().success()
}

#[test]
fn no_place_that_is_accepted_runs_or_changes_a_value() {
    let (mut accepted, mut wrong) = (0, Vec::new());
    for script in PLACES {
        match try_script(script, &HARM) {
            Ok(was_accepted) => accepted += usize::from(was_accepted),
            Err(problem) => wrong.push(problem),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(accepted > 70, "only {accepted} accepted: the lexer refuses too much");
}

/// Pieces of scripts, to be thrown together.
const PIECES: [&str; 62] = [
    " ",
    " ",
    " ",
    "\n",
    ";",
    " ; ",
    "show ",
    "show ",
    "show ",
    "{{ x }}",
    "{{ x }}",
    "{{ x }}",
    "{{ x }}",
    "'",
    "'",
    "\"",
    "\"",
    "`",
    "$",
    "$(",
    "$(",
    "${a",
    "${a:-",
    "}",
    ")",
    ")",
    "(",
    "((",
    "))",
    "$((",
    "\\",
    "\\\n",
    "#",
    " #",
    "a",
    "A=",
    "<<EOF\n",
    "<<'EOF'\n",
    "\nEOF\n",
    "<<-E\n",
    "\nE\n",
    "<",
    "<<<",
    "| cat",
    "&& show ",
    "|| show ",
    "[ ",
    " ]",
    "[[ ",
    " ]]",
    " = ",
    "case a in a) ",
    " ;; esac",
    "if true; then ",
    "; fi",
    "f() { ",
    "; }; f ",
    "{ ",
    "eval ",
    "sh -c ",
    "> out ",
    "$'",
];

#[test]
fn no_script_thrown_together_runs_a_value() {
    let mut random = fastrand::Rng::with_seed(20_260_109);
    let (mut accepted, mut wrong) = (BTreeSet::new(), Vec::new());
    for _ in 0..60_000 {
        let script: String = (0..random.usize(3..14)).map(|_| PIECES[random.usize(..PIECES.len())]).collect();
        let with_value = script.contains("{{ x }}");
        if with_value && Template::parse(&script, Sink::Shell).is_ok() {
            accepted.insert(script);
        }
    }
    // Longer scripts have more to go wrong.
    let mut accepted: Vec<_> = accepted.into_iter().collect();
    accepted.sort_by_key(|script| {
        std::cmp::Reverse(script.matches(['\'', '"', '`', '$', '(', '<', '\\']).count())
    });
    assert!(accepted.len() > 400, "{}", accepted.len());
    for script in accepted.iter().take(250) {
        let every = HARM.concat();
        // An accepted script may still be none that the shell reads, so only harm counts.
        if let Err(problem) = try_script(script, &[HARM[1], &every])
            && problem.contains(" ran ")
        {
            wrong.push(problem);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn json_gives_every_payload_back() {
    for payload in payloads() {
        let expected = neutral(&payload);
        let whole =
            render("{\"a\": {{ x }}, \"b\": \"x{{ x }}y\", {{ x }}: 1}", Sink::Json, &payload).unwrap();
        let read: Value = serde_json::from_str(&whole).unwrap();
        assert_eq!(read["a"], expected.as_str());
        assert_eq!(read["b"], format!("x{expected}y").as_str());
        assert_eq!(read[&expected], 1);
    }
}

#[test]
fn headers_and_urls_give_every_payload_back() {
    for payload in payloads() {
        let expected = neutral(&payload);
        match render("x {{ x }}", Sink::Header, &payload) {
            Ok(header) => assert_eq!(header, format!("x {expected}")),
            Err(_) => assert!(payload.contains(char::is_control), "{payload:?}"),
        }
        match render("https://example.com/{{ x }}/y?z={{ x }}#{{ x }}", Sink::UrlPart, &payload) {
            Ok(url) => {
                let rest = url.strip_prefix("https://example.com/").unwrap();
                assert!(
                    rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%/?=#".contains(&b)),
                    "{url}"
                );
                let parts: Vec<_> = rest.split(['/', '?', '=', '#']).collect();
                assert_eq!(parts.len(), 5, "{url}");
                for part in [parts[0], parts[3], parts[4]] {
                    assert_eq!(decode(part), expected);
                }
            }
            Err(_) => assert!(matches!(payload.as_str(), "." | ".."), "{payload:?}"),
        }
    }
}

fn decode(part: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn without_entities(text: &str) -> String {
    let decoded = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#13;", "\r");
    decoded.replace("&amp;", "&")
}

#[test]
fn html_gives_every_payload_back() {
    for payload in payloads() {
        let expected = neutral(&payload).replace('\0', "\u{fffd}");
        let html = render("<p title=\"{{ x }}\">{{ x }}</p>", Sink::Html, &payload).unwrap();
        let inside = html.strip_prefix("<p title=\"").unwrap().strip_suffix("</p>").unwrap();
        let (title, text) = inside.split_once("\">").unwrap();
        for part in [title, text] {
            assert!(!part.contains(['<', '>', '"', '\'', '\0']), "{part}");
            assert_eq!(without_entities(part), expected);
        }
    }
}

#[test]
fn slack_gives_every_payload_back_without_markup() {
    for payload in payloads() {
        let expected = neutral(&payload).replace('\0', "\u{fffd}");
        let text = render("{{ x }}", Sink::Slack, &payload).unwrap();
        assert!(!text.contains(['<', '>']), "{text}");
        let letters: Vec<char> = text.chars().collect();
        for (at, letter) in letters.iter().enumerate() {
            if "*_~`".contains(*letter) {
                assert!(at > 0 && letters[at - 1] == JOINER && letters[at + 1] == JOINER, "{text:?}");
            }
        }
        assert_eq!(without_entities(&text).replace(JOINER, ""), expected.replace(JOINER, ""));
    }
}

/// The text that GitHub would show, and whatever in it is no text.
fn rendered(markdown: &str) -> (String, Vec<String>) {
    use pulldown_cmark::{Event, Options, Parser, Tag};
    let (mut text, mut other) = (String::new(), Vec::new());
    for event in Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES
            | Options::ENABLE_STRIKETHROUGH
            | Options::ENABLE_TASKLISTS
            | Options::ENABLE_FOOTNOTES
            | Options::ENABLE_GFM,
    ) {
        match event {
            Event::Text(part) => text += &part,
            Event::End(pulldown_cmark::TagEnd::TableHead) | Event::SoftBreak => text.push('\n'),
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::Item
                | Tag::List(_)
                | Tag::BlockQuote(_)
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell,
            )
            | Event::End(_) => {}
            odd => other.push(format!("{odd:?}")),
        }
    }
    (text, other)
}

/// What GitHub would link although it is text.
fn is_linked(text: &str) -> bool {
    static LINKS: std::sync::LazyLock<regex::RegexSet> = std::sync::LazyLock::new(|| {
        let mention = [r"(^|\W)@[A-Za-z0-9]", r"#[0-9]", r"(?i)\bGH-[0-9]"];
        let address = [r"https?://", r"\bwww\.", r":[A-Za-z+]"];
        let commit = [r"\b[0-9a-f]*[a-f][0-9a-f]{6,39}\b", r"\b[0-9a-f]{6,39}[a-f]\b"];
        regex::RegexSet::new(mention.iter().chain(&address).chain(&commit)).unwrap()
    });
    LINKS.is_match(text)
}

#[test]
fn markdown_shows_every_payload_as_it_is() {
    let forms = [
        ("{{ x }}", ""),
        ("Text {{ x }}.", "Text ."),
        ("# {{ x }}", ""),
        ("- {{ x }}", ""),
        ("1. {{ x }}", ""),
        ("> {{ x }}", ""),
        ("| a |\n|---|\n| {{ x }} |", "a"),
        ("before\n{{ x }}\nafter", "beforeafter"),
        ("{{ x }}{{ x }}", ""),
    ];
    let mut wrong = Vec::new();
    for payload in payloads() {
        let line = neutral(&payload).replace("\r\n", "\n").replace(['\n', '\r'], " ");
        let expected: String = line
            .chars()
            .map(|letter| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter })
            .filter(|letter| *letter != JOINER)
            .collect();
        for (form, around) in &forms {
            let markdown = render(form, Sink::Markdown, &payload).unwrap();
            let (text, other) = rendered(&markdown);
            let shown = text.replace(JOINER, "");
            let wanted = match *around {
                "" if form.contains("}}{{") => format!("{expected}{expected}"),
                "" => expected.clone(),
                "a" => format!("a\n{expected}"),
                "Text ." => format!("Text {expected}."),
                _ => format!("before{expected}after"),
            };
            // Rendering drops the spaces at both ends, which nobody sees.
            if shown.replace('\n', "").trim() != wanted.replace('\n', "").trim()
                || !other.is_empty()
                || is_linked(&text)
            {
                wrong.push(format!("{form:?} {payload:?} -> {markdown:?}: {shown:?} {other:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

#[test]
fn fenced_code_holds_every_payload() {
    use pulldown_cmark::{Event, Parser, Tag};
    for payload in payloads() {
        let expected: String =
            neutral(&payload).replace("\r\n", "\n").replace(['\0', '\r'], "\u{fffd}").replace(JOINER, "");
        let markdown = render("before\n\n```text\n{{ x }}\n```\n\nafter", Sink::Markdown, &payload).unwrap();
        let (mut code, mut blocks, mut inside) = (String::new(), 0, false);
        for event in Parser::new(&markdown) {
            match event {
                Event::Start(Tag::CodeBlock(_)) => (blocks, inside) = (blocks + 1, true),
                Event::End(pulldown_cmark::TagEnd::CodeBlock) => inside = false,
                Event::Text(text) if inside => code += &text,
                _ => {}
            }
        }
        assert_eq!((code.replace(JOINER, ""), blocks), (format!("{expected}\n"), 1), "{markdown:?}");
    }
}

#[test]
fn plain_text_is_as_it_is_and_no_value_is_a_template() {
    for payload in payloads() {
        assert_eq!(render("{{ x }}", Sink::Plain, &payload).unwrap(), neutral(&payload));
        let looped = "{% for v in [x] %}{{ v }}{% endfor %}";
        assert_eq!(render(looped, Sink::Plain, &payload).unwrap(), neutral(&payload));
        let value =
            Template::parse("{{ [x] }}", Sink::Plain).unwrap().value(&json!({ "x": payload })).unwrap();
        assert_eq!(value, json!([neutral(&payload)]));
    }
}
