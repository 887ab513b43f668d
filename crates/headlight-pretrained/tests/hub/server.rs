//! A server that answers as Hugging Face's does, as far as downloads ask it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use serde_json::json;
use sha2::{Digest, Sha256};

const COMMIT: &str = "607a30d783dfa663caf39e06633721c8d4cfcd7e";

/// What goes wrong with the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    Nothing,
    /// The connection ends after a third of what was asked for, once.
    CutOnce,
    /// It ends so first, and later before anything has come.
    CutAlways,
    /// A bit is another.
    Flip,
    /// The connection ends once, and later the server sends the whole where the rest was asked for.
    NoRange,
}

pub struct Server {
    pub endpoint: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    name: &'static str,
    endpoint: String,
    files: Vec<(&'static str, Vec<u8>)>,
    mishap: Mutex<Mishap>,
    /// Each path that was asked for, with the first byte.
    asked: Mutex<Vec<(String, usize)>>,
    cuts: AtomicUsize,
    stopped: AtomicBool,
}

impl Server {
    pub fn start(name: &'static str, files: Vec<(&'static str, Vec<u8>)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            name,
            endpoint: endpoint.clone(),
            files,
            mishap: Mutex::new(Mishap::Nothing),
            asked: Mutex::default(),
            cuts: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let serving = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stopped.load(Ordering::SeqCst) {
                    return;
                }
                // Who asks may have gone.
                let _ = stream.and_then(|stream| serving.answer(stream));
            }
        });
        Self { endpoint, shared, thread: Some(thread) }
    }

    pub fn with(self, mishap: Mishap) -> Self {
        *self.shared.mishap.lock().expect("a mishap") = mishap;
        self
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<(String, usize)> {
        self.shared.asked.lock().expect("a list").clone()
    }

    /// Where each download of a file began.
    pub fn begins_of(&self, file: &str) -> Vec<usize> {
        let path = format!("/content/{file}");
        self.asked().into_iter().filter(|(asked, _)| *asked == path).map(|(_, begin)| begin).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let address = self.endpoint.trim_start_matches("http://");
        drop(TcpStream::connect(address)); // wakes it
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it ends");
        }
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut range = None;
        for line in lines {
            let line = line?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            range = line.strip_prefix("range: bytes=").map(str::to_owned).or(range);
        }
        let (first, last) = range.as_deref().and_then(|range| range.split_once('-')).unwrap_or(("0", ""));
        let (first, last): (usize, Option<usize>) = (first.parse().unwrap_or(0), last.parse().ok());
        // Whoever asks for one byte asks how long it is.
        if last.is_none() {
            self.asked.lock().expect("a list").push((path.clone(), first));
        }

        let resolve = format!("/{}/resolve/main/", self.name);
        if path == format!("/api/models/{}/revision/main", self.name) {
            let files: Vec<_> = self.files.iter().map(|(name, _)| json!({ "rfilename": name })).collect();
            let body = json!({ "sha": COMMIT, "siblings": files }).to_string();
            return send(&mut stream, "200 OK", &[], body.as_bytes(), body.len());
        }
        let name = path.strip_prefix(&resolve).or_else(|| path.strip_prefix("/content/")).unwrap_or_default();
        let Some((name, contents)) = self.files.iter().find(|(file, _)| *file == name) else {
            return send(&mut stream, "404 Not Found", &[], b"", 0);
        };
        let sum = format!("{:x}", Sha256::digest(contents));
        // Large files are elsewhere.
        if *name == "model.safetensors" && path.starts_with(&resolve) {
            if last.is_none() {
                self.asked.lock().expect("a list").pop();
            }
            let location = format!("Location: {}/content/{name}", self.endpoint);
            let headers = [location, format!("X-Repo-Commit: {COMMIT}"), format!("X-Linked-Etag: \"{sum}\"")];
            return send(&mut stream, "302 Found", &headers, b"", 0);
        }
        let etag = if *name == "model.safetensors" { &sum } else { &sum[..40] };
        let mut body = contents.clone();
        let mut first = first;
        let mut sent = usize::MAX;
        if *name == "model.safetensors" && last.is_none() {
            let mishap = *self.mishap.lock().expect("a mishap");
            let cuts = self.cuts.fetch_add(1, Ordering::SeqCst);
            match mishap {
                Mishap::Nothing => {}
                Mishap::CutOnce if cuts > 0 => {}
                Mishap::CutAlways if cuts > 0 => sent = 0,
                Mishap::NoRange if cuts > 0 => first = 0,
                Mishap::CutOnce | Mishap::CutAlways | Mishap::NoRange => sent = contents.len() / 3,
                Mishap::Flip => body[1000] ^= 4,
            }
        }
        let end = last.map_or(body.len(), |last| body.len().min(last + 1));
        let range = format!("Content-Range: bytes {first}-{}/{}", end.saturating_sub(1), body.len());
        let headers = [range, format!("X-Repo-Commit: {COMMIT}"), format!("ETag: \"{etag}\"")];
        let part = &body[first.min(end)..end];
        send(&mut stream, "206 Partial Content", &headers, &part[..part.len().min(sent)], part.len())
    }
}

/// Sends an answer of this length, of which the body may be only the beginning.
fn send(stream: &mut TcpStream, status: &str, headers: &[String], body: &[u8], length: usize) -> std::io::Result<()> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n")?;
    stream.write_all(body)?;
    stream.flush()
}
