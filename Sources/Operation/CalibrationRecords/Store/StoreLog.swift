internal import DurableFiles
internal import Foundation

/// What a store has ever taken, in the order in which it did, and which keys were revoked. A record whose file is deleted
/// or changed is missed by it, and it says whose the record was, which the changed bytes cannot.
///
/// Its own bytes carry a SHA-256. Whoever can write to the folder can write another log: `ChainHeads`, kept elsewhere, show that.
struct StoreLog: Sendable, Hashable, Codable {
    /// `cvqkd-store-log`.
    var kind = "cvqkd-store-log"
    /// Version of this layout.
    var version = 1
    /// In the order in which they came.
    var entries: [Entry] = []
    /// Keys that are believed no more, also if their file under `trusted` is gone.
    var revoked: [Revocation] = []

    /// A record that was stored, or damage that was found.
    struct Entry: Sendable, Hashable, Codable {
        /// Name of the record or of the damaged file.
        var name: String
        /// What the record was. Nil for damage: what was stored after it cannot be older than what the file may have been.
        var record: Identity?
        /// Of damage to the log itself: what was wrong.
        var remark: String?
    }

    /// What is known of a record without its file.
    struct Identity: Sendable, Hashable, Codable {
        var procedure: CalibrationRecord.Procedure
        /// Serial numbers; the first is that of the chain.
        var units: [String]
        var sequence: Int
        var ended: Date

        init(_ record: CalibrationRecord) {
            procedure = record.procedure
            units = record.units.map(\.serial)
            sequence = record.sequence
            ended = record.ended
        }
    }

    /// A key that is believed no more.
    struct Revocation: Sendable, Hashable, Codable {
        var name: String
        var role: TrustedKeys.Role
        var publicKey: PublicKey
        var added: Date
        var since: Date
    }

    /// Under this name its loss is found, until it is noted.
    static let lostName = "log"

    /// How a log is found.
    enum Reading: Sendable {
        case absent
        case damaged(String)
        case log(StoreLog)

        /// The log; an empty one if there is none that can be read.
        var log: StoreLog { if case .log(let log) = self { log } else { StoreLog() } }
    }

    /// Two lines: the log, and the SHA-256 of its bytes.
    static func read(_ folder: StateFolder) -> Reading {
        guard access(folder.logFile, F_OK) == 0 || errno != ENOENT else { return .absent }
        let data: Data
        do throws(RecordError) { data = try RecordFile.read(folder.logFile, RecordFile.log) } catch {
            return .damaged(error.description)
        }
        let lines = data.split(separator: 0x0a, omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty else { return .damaged("it is not two lines") }
        guard Data(lines[1]) == Data(Digest.sha256(Data(lines[0])).utf8) else {
            return .damaged("its bytes were changed")
        }
        switch RecordCoding.decode(StoreLog.self, from: Data(lines[0])) {
        case .failure(let fault): return .damaged(fault.reason)
        case .success(let log) where log.kind != "cvqkd-store-log" || log.version != 1:
            return .damaged("its layout is of version \(log.version)")
        case .success(let log): return .log(log)
        }
    }

    /// Writes it whole; the store's lock is held.
    func write(_ folder: StateFolder) throws(RecordError) {
        let body = try RecordCoding.encode(self)
        try RecordFile.write(body + Data("\n\(Digest.sha256(body))\n".utf8), to: folder.logFile)
    }

    /// Takes over records that it does not name: of a store without a log, or of a writer that died between the two files.
    mutating func adopt(_ records: [StoredRecord], _ keys: TrustedKeys) {
        let known = Set(entries.compactMap { $0.record == nil ? nil : $0.name })
        let new = records.filter { !known.contains($0.name) }
            .sorted {
                ($0.record.ended, $0.chain, $0.record.sequence) < ($1.record.ended, $1.chain, $1.record.sequence)
            }
        entries += new.map { Entry(name: $0.name, record: Identity($0.record)) }
        for entry in keys.entries { revoke(entry) }
    }

    /// Notes damage once.
    mutating func note(_ damaged: [String], remark: String? = nil) {
        let known = Set(entries.compactMap { $0.record == nil ? $0.name : nil })
        entries += damaged.filter { !known.contains($0) }.map { Entry(name: $0, remark: remark) }
    }

    /// Notes a revocation; nothing if the entry is not revoked.
    mutating func revoke(_ entry: TrustedKeys.Entry) {
        guard let since = entry.revoked, !revoked.contains(where: { $0.publicKey == entry.publicKey }) else { return }
        revoked.append(
            Revocation(
                name: entry.name, role: entry.role, publicKey: entry.publicKey, added: entry.added, since: since))
    }

    /// The place of a record; nil if it is not named.
    func place(of name: String) -> Int? { entries.lastIndex { $0.name == name && $0.record != nil } }

    /// What a record was, by its name.
    func identity(_ name: String) -> Identity? { place(of: name).flatMap { entries[$0].record } }
}

extension TrustedKeys {
    /// Revocations that a log remembers are in force, whatever became of the keys' files.
    mutating func apply(_ log: StoreLog) {
        for revocation in log.revoked {
            if let index = entries.firstIndex(where: { $0.publicKey == revocation.publicKey }) {
                entries[index].revoked = entries[index].revoked ?? revocation.since
            } else {
                var entry = Entry(
                    name: revocation.name, role: revocation.role, publicKey: revocation.publicKey,
                    added: revocation.added)
                entry.revoked = revocation.since
                entries.append(entry)
            }
        }
        entries.sort { $0.name < $1.name }
    }
}
