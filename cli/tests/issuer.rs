//! An issuer on loopback that serves the pages of a test.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};

use serde_json::Value;

/// A server that ends when the value is dropped.
pub struct Issuer {
    address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    pages: Mutex<HashMap<String, Page>>,
    fallback: Mutex<Option<Fallback>>,
    requests: Mutex<Vec<(String, Option<String>)>>,
    is_over: AtomicBool,
}

type Fallback = Box<dyn Fn(&str) -> Page + Send>;

/// An answer.
#[derive(Clone)]
pub struct Page {
    head: String,
    body: Vec<u8>,
    /// Nothing is sent, and the connection stays open.
    silent: bool,
}

impl Page {
    pub fn bytes(body: &[u8]) -> Self {
        Self { head: "200 OK".into(), body: body.into(), silent: false }
    }

    pub fn text(body: &str) -> Self {
        Self::bytes(body.as_bytes())
    }

    pub fn json(body: Value) -> Self {
        Self::text(&body.to_string())
    }

    pub fn status(status: u16) -> Self {
        Self { head: format!("{status} Status"), ..Self::bytes(b"") }
    }

    pub fn redirect(location: &str) -> Self {
        Self { head: format!("302 Found\r\nlocation: {location}"), ..Self::bytes(b"") }
    }

    pub fn silence() -> Self {
        Self { silent: true, ..Self::bytes(b"") }
    }
}

impl Issuer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<State>::default();
        let shared = Arc::clone(&state);
        let thread = spawn(move || {
            let mut open = Vec::new();
            for connection in listener.incoming() {
                if shared.is_over.load(Ordering::SeqCst) {
                    return;
                }
                open.extend(serve(&shared, connection.unwrap()));
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sets the answer to requests for a path.
    pub fn page(&self, path: &str, page: Page) {
        self.state.pages.lock().unwrap().insert(path.into(), page);
    }

    /// Sets the answer to requests for any path without a page.
    pub fn every_page(&self, page: impl Fn(&str) -> Page + Send + 'static) {
        *self.state.fallback.lock().unwrap() = Some(Box::new(page));
    }

    /// Returns the method and path of each request so far.
    pub fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().iter().map(|(line, _)| line.clone()).collect()
    }

    /// Returns the `Authorization` field of each request that had one.
    pub fn authorizations(&self) -> Vec<String> {
        let requests = self.state.requests.lock().unwrap();
        requests.iter().filter_map(|(_, authorization)| authorization.clone()).collect()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        // The thread waits for a connection before it sees that the test is over.
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Answers one request. Returns the connection if it must stay open.
fn serve(state: &State, connection: TcpStream) -> Option<TcpStream> {
    let mut reader = BufReader::new(connection);
    let mut lines = Vec::new();
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|length| length > 2) {
        lines.push(std::mem::take(&mut line).trim_end().to_owned());
    }
    let field = |name: &str| {
        let fields = lines.iter().filter_map(|line| line.split_once(": "));
        let mut values = fields.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.to_owned())
    };
    let length = field("content-length").map_or(0, |length| length.parse().unwrap());
    reader.read_exact(&mut vec![0; length]).unwrap();
    let request = lines.first()?.rsplit_once(' ')?.0.to_owned();
    state.requests.lock().unwrap().push((request.clone(), field("authorization")));
    let page = state.pages.lock().unwrap().get(request.split_once(' ')?.1).cloned();
    let page = page.or_else(|| Some(state.fallback.lock().unwrap().as_ref()?(&request)));
    let page = page.unwrap_or(Page::status(404));
    let mut connection = reader.into_inner();
    if page.silent {
        return Some(connection);
    }
    let (head, length) = (&page.head, page.body.len());
    let head = format!("HTTP/1.1 {head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // A client that has read enough closes the connection.
    let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(&page.body));
    None
}
