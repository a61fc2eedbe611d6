//! Files that appear whole or not at all.

use anyhow::Context;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file under a temporary name, which [`WholeFile::finish`] moves to its own; dropped before, it leaves nothing.
pub struct WholeFile {
    path: PathBuf,
    part: PathBuf,
    file: Option<BufWriter<File>>,
}

impl WholeFile {
    /// Begins a file; what stands at its place stays until it is finished.
    pub fn create(path: &Path) -> anyhow::Result<Self> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("out");
        let part = path.with_file_name(format!(".{name}.part"));
        let file = File::create(&part).with_context(|| format!("can't write {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            part,
            file: Some(BufWriter::new(file)),
        })
    }

    /// Where the file will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the file in its place.
    pub fn finish(mut self) -> anyhow::Result<()> {
        self.put_in_place()
            .with_context(|| format!("can't write {}", self.path.display()))
    }

    fn put_in_place(&mut self) -> std::io::Result<()> {
        if let Some(file) = self.file.take() {
            file.into_inner()
                .map_err(std::io::IntoInnerError::into_error)?
                .sync_all()?;
        }
        std::fs::rename(&self.part, &self.path)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |file| file.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // Gone already where it was finished.
        let _ = std::fs::remove_file(&self.part);
    }
}
