//! A server as smart HTTP knows it: what it advertises, and one exchange.

use std::io::{self, Read};
use std::time::Duration;

use git2::{Oid, Repository};
use reqwest::Url;
use reqwest::blocking::{Client, Response};

use super::packets::{self, Packet};
use crate::adapters::http;
use crate::ports::TransportError;

/// How many bytes a pack may have. It goes to the disk as it comes.
const PACK: u64 = 4 << 30;
/// What a server may advertise, or say to a push, which is kept in memory: a million branches, a talkative hook.
const KEPT: u64 = 128 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    Fetch,
    Push,
}

impl Service {
    const fn name(self) -> &'static str {
        match self {
            Self::Fetch => "git-upload-pack",
            Self::Push => "git-receive-pack",
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Push => "push",
        }
    }
}

/// A remote that is reached over HTTP.
#[derive(Debug)]
pub(super) struct Server {
    client: Client,
    url: Url,
    headers: Vec<(String, String)>,
    service: Service,
    timeout: Duration,
}

/// What a server says of itself.
#[derive(Debug)]
pub(super) struct Advertised {
    references: Vec<(String, Oid)>,
    abilities: Vec<String>,
    /// Where it was found in the end, after redirects.
    base: Url,
}

impl Advertised {
    /// Where a branch is.
    pub(super) fn tip(&self, branch: &str) -> Option<Oid> {
        let name = format!("refs/heads/{branch}");
        self.references.iter().find(|(known, _)| *known == name).map(|(_, id)| *id)
    }

    pub(super) fn can(&self, ability: &str) -> bool {
        self.abilities.iter().any(|known| known == ability)
    }
}

/// The body of a reply.
pub(super) type Reply = io::Take<Response>;

/// Why an exchange did not come to its end.
#[derive(Debug)]
pub(super) enum Lost {
    Late,
    Words(String),
}

impl Lost {
    pub(super) fn garbled() -> Self {
        Self::Words("the reply is not git's protocol".to_owned())
    }

    pub(super) fn words_of(words: String) -> Self {
        Self::Words(words)
    }

    pub(super) fn here(error: &git2::Error) -> Self {
        Self::Words(error.message().to_owned())
    }

    pub(super) fn io(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>());
        if error.kind() == io::ErrorKind::TimedOut || inner.is_some_and(reqwest::Error::is_timeout) {
            Self::Late
        } else if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Words("the connection ended in the middle of the reply".to_owned())
        } else {
            Self::Words(http::deepest(error))
        }
    }

    fn sending(error: &reqwest::Error) -> Self {
        if error.is_timeout() { Self::Late } else { Self::Words(http::reason(error)) }
    }

    pub(super) fn words(self, timeout: Duration) -> String {
        match self {
            Self::Late => format!("the server took longer than {} s", timeout.as_secs()),
            Self::Words(words) => words,
        }
    }

    pub(super) fn of_fetch(self, timeout: Duration) -> TransportError {
        self.of(Service::Fetch, timeout)
    }

    fn of(self, service: Service, timeout: Duration) -> TransportError {
        let command = service.command();
        match self {
            Self::Late => TransportError::TimedOut { command, seconds: timeout.as_secs() },
            Self::Words(words) => TransportError::Failed { command, words },
        }
    }
}

impl Server {
    /// `remote` as in `git remote`, or a URL.
    pub(super) fn of(
        repo: &Repository,
        remote: &str,
        service: Service,
        timeout: Duration,
    ) -> Result<Self, TransportError> {
        let failed = |words: String| TransportError::Failed { command: service.command(), words };
        let address = address(repo, remote, service).map_err(|error| failed(error.message().to_owned()))?;
        let url = Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| TransportError::NeedsGit { scheme: scheme(&address).to_owned() })?;
        let client = http::client(url.scheme() == "https").map_err(failed)?;
        let headers = headers(repo, &address);
        Ok(Self { client, url, headers, service, timeout })
    }

    pub(super) fn advertised(&self) -> Result<Advertised, TransportError> {
        self.ask().map_err(|lost| lost.of(self.service, self.timeout))
    }

    fn ask(&self) -> Result<Advertised, Lost> {
        let name = self.service.name();
        let mut url = below(&self.url, "info/refs");
        url.set_query(Some(&format!("service={name}")));
        let mut reply = self.send(self.client.get(url.clone()), KEPT)?;
        let base = base(reply.get_ref().url());
        Advertised::read(&mut reply, name, base)
    }

    /// Sends what the service is to do; the reply is its answer.
    pub(super) fn exchange(&self, there: &Advertised, body: Vec<u8>) -> Result<Reply, Lost> {
        let name = self.service.name();
        let request = self.client.post(below(&there.base, name));
        let most = if self.service == Service::Push { KEPT } else { PACK };
        self.send(request.header("content-type", format!("application/x-{name}-request")).body(body), most)
    }

    fn send(&self, request: reqwest::blocking::RequestBuilder, most: u64) -> Result<Reply, Lost> {
        let request = self.headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let response = request.timeout(self.timeout).send().map_err(|error| Lost::sending(&error))?;
        let status = response.status();
        if !status.is_success() {
            // In the words of the `git` command.
            return Err(Lost::words_of(format!("the requested URL returned error: {}", status.as_u16())));
        }
        Ok(response.take(most))
    }
}

impl Advertised {
    /// Reads what a server answers to `info/refs`, which was found at `base`.
    pub(super) fn read(reply: &mut impl Read, service: &str, base: Url) -> Result<Self, Lost> {
        let Packet::Data(first) = packets::read(reply)? else { return Err(Lost::garbled()) };
        if !first.starts_with(format!("# service={service}").as_bytes()) {
            return Err(Lost::garbled());
        }
        let mut advertised = Self { references: Vec::new(), abilities: Vec::new(), base };
        packets::read(reply)?;
        while let Packet::Data(line) = packets::read(reply)? {
            advertised.take(&String::from_utf8_lossy(&line))?;
        }
        if advertised.can("object-format=sha256") {
            return Err(Lost::words_of(
                "the remote uses SHA-256 object ids, which orch cannot read yet".to_owned(),
            ));
        }
        Ok(advertised)
    }

    fn take(&mut self, line: &str) -> Result<(), Lost> {
        let (reference, abilities) = line.trim_end_matches('\n').split_once('\0').unwrap_or((line, ""));
        self.abilities.extend(abilities.split_whitespace().map(String::from));
        let (id, name) = reference.trim_end().split_once(' ').ok_or_else(Lost::garbled)?;
        let id = packets::id(id)?;
        // An empty repository has abilities and no reference to tell them with.
        if name != "capabilities^{}" {
            self.references.push((name.to_owned(), id));
        }
        Ok(())
    }
}

/// The URL of a remote, as the settings rewrite it.
fn address(repo: &Repository, remote: &str, service: Service) -> Result<String, git2::Error> {
    let found = match repo.find_remote(remote) {
        // No name of a remote, so it is an address.
        Err(_) if remote.contains(['/', ':']) => repo.remote_anonymous(remote)?,
        found => found?,
    };
    let push = found.pushurl().ok().flatten().filter(|_| service == Service::Push);
    Ok(push.map_or_else(|| found.url(), Ok)?.to_owned())
}

/// What kind of address this is, for people. The address itself may hold a password.
fn scheme(address: &str) -> &str {
    match address.split_once("://") {
        Some((scheme, _)) => scheme,
        None if address.split('/').next().is_some_and(|host| host.contains(':')) => "ssh",
        None => "file",
    }
}

/// `http.extraHeader` and `http.URL.extraHeader`: how GitHub's checkout leaves its token.
fn headers(repo: &Repository, address: &str) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let Ok(config) = repo.config() else { return headers };
    let Ok(entries) = config.entries(Some(r"^http\..*extraheader$")) else { return headers };
    let _ = entries.for_each(|entry| {
        let (Ok(name), Ok(value)) = (entry.name(), entry.value()) else { return };
        let place = name.strip_prefix("http.").and_then(|rest| rest.strip_suffix("extraheader"));
        let place = place.unwrap_or_default().trim_end_matches('.');
        if is_below(address, place)
            && let Some((name, value)) = value.split_once(':')
        {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    });
    headers
}

/// Whether settings for `place` hold for an address.
fn is_below(address: &str, place: &str) -> bool {
    let place = place.trim_end_matches('/');
    let rest = address.strip_prefix(place);
    place.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn below(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
    url.set_query(None);
    url
}

/// The repository that `info/refs` was found in.
fn base(url: &Url) -> Url {
    let mut base = url.clone();
    base.set_query(None);
    let path = base.path().trim_end_matches("/info/refs").to_owned();
    base.set_path(&path);
    base
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_hold_for_what_is_below_their_place() {
        let address = "https://github.com/idol/team.git";
        for place in ["", "https://github.com", "https://github.com/", "https://github.com/idol", address] {
            assert!(is_below(address, place), "{place}");
        }
        for place in ["https://git", "https://github.com/id", "http://github.com"] {
            assert!(!is_below(address, place), "{place}");
        }
    }

    #[test]
    fn other_addresses_are_named_without_what_they_hold() {
        for (address, named) in [
            ("/srv/team.git", "file"),
            ("../team.git", "file"),
            ("file:///srv/team.git", "file"),
            ("git@github.com:idol/team.git", "ssh"),
            ("ssh://git:secret@host/x", "ssh"),
            ("git://host/x", "git"),
        ] {
            assert_eq!(scheme(address), named, "{address}");
        }
    }
}
