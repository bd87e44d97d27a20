internal import ForeignFiles

extension StateFolder {
    /// Refuses a store into which several users could write: each of them could add a trusted key, or take a revocation
    /// away.
    ///
    /// The store is its folder's owner's. The folders in it are folders of that user or of root, and not links to
    /// somewhere else. Whose store a program may use is a question of its rights, and of who names it: everybody may
    /// read records.
    func requireOneOwner() throws(RecordError) {
        do throws(ForeignFileRefusal) {
            guard let owner = try Self.owner(of: path, links: .followed, beside: nil) else { return }
            for inner in [trusted, records, imports] { _ = try Self.owner(of: inner, links: .refused, beside: owner) }
        } catch {
            if case .notAFolder(let obstacle) = error, path == obstacle || path.hasPrefix(obstacle + "/") {
                throw .noStore(folder: path, obstacle: obstacle)
            }
            throw .from(error)
        }
    }

    /// The owner of a folder; nil if it is not there.
    private static func owner(
        of path: String, links: ForeignFile.Links, beside owner: UInt32?
    ) throws(ForeignFileRefusal) -> UInt32? {
        let folder: ForeignFolder
        do throws(ForeignFileRefusal) { folder = try ForeignFolder(path, links: links) } catch {
            guard case .notFound = error else { throw error }
            return nil
        }
        try folder.requireWriters(.owner)
        if let owner { try folder.requireOwner(owner, 0) }
        return folder.facts.owner
    }
}
