public import Foundation

/// Keys whose signatures are believed here: the station's own, and those that somebody has compared and named.
public struct TrustedKeys: Sendable {
    /// What a key may sign.
    public enum Role: String, Sendable, Codable, CaseIterable {
        /// Calibrations of another station.
        case station
        /// Values of a maker.
        case factory
    }

    /// One key.
    public struct Entry: Sendable, Hashable, Codable {
        /// Version of this layout.
        public var version = 1
        /// The name it was given here.
        public var name: String
        /// What it may sign.
        public var role: Role
        /// The key.
        public var publicKey: PublicKey
        /// When it was added.
        public var added: Date
        /// Since when it is not believed any more; nil if it is.
        public var revoked: Date?
    }

    /// The station's own key, if there is a station.
    public var own: Station?
    /// The others, by name.
    public var entries: [Entry]
    /// The stations that an installation has pinned; nil if it has not: then whoever is trusted in the store is believed.
    public var pins: StationPins?

    /// Reads them. A file that cannot be understood is an error: a revocation must not be lost with it.
    public static func load(_ folder: StateFolder) throws(RecordError) -> TrustedKeys {
        try folder.requireOneOwner()
        var own: Station?
        do throws(RecordError) {
            own = try Station.load(folder)
        } catch .noStation {
        }
        var entries: [Entry] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.trusted)) ?? []
        for name in names where name.hasSuffix(".json") {
            let file = "\(folder.trusted)/\(name)"
            switch RecordCoding.decode(Entry.self, from: try RecordFile.read(file, RecordFile.station)) {
            case .success(let entry):
                // A changed key would take a revocation off the right one.
                guard name == Self.file(entry.publicKey) else {
                    throw .unreadableStation(file: file, reason: "the key in it is not the one that its name says")
                }
                entries.append(entry)
            case .failure(let fault): throw .unreadableStation(file: file, reason: fault.reason)
            }
        }
        var keys = TrustedKeys(own: own, entries: entries)
        keys.apply(StoreLog.read(folder).log)
        return keys
    }

    /// Believes a key from now on.
    ///
    /// - Throws: `.trustedAlready` if the key or the name is taken; a key that was revoked stays revoked.
    public static func add(_ key: PublicKey, name: String, role: Role, in folder: StateFolder, now: Date)
        throws(RecordError) -> Entry
    {
        for path in [folder.path, folder.trusted] { try RecordFile.makeFolder(path, mode: 0o755) }
        let lock = try StoreLock(folder, exclusive: true)
        defer { lock.end() }
        let present = try load(folder)
        if let own = present.own, own.publicKey == key || own.name == name { throw .trustedAlready(name: own.name) }
        if let taken = present.entries.first(where: { $0.publicKey == key || $0.name == name }) {
            throw .trustedAlready(name: taken.name + (taken.revoked == nil ? "" : " (revoked)"))
        }
        let entry = Entry(name: name, role: role, publicKey: key, added: now)
        try write(entry, folder)
        return entry
    }

    /// Believes a key no longer; records signed by it stay and are shown as such.
    public static func revoke(_ name: String, in folder: StateFolder, now: Date) throws(RecordError) -> Entry {
        let lock = try StoreLock(folder, exclusive: true)
        defer { lock.end() }
        guard
            var entry = try load(folder).entries.first(where: {
                $0.name == name || $0.publicKey.fingerprint == name || $0.publicKey.description == name
            })
        else { throw .notTrusted(name) }
        entry.revoked = entry.revoked ?? now
        // First what remembers it. A log that is lost already is noted by the next writer of records.
        if case .log(var log) = StoreLog.read(folder) {
            log.revoke(entry)
            try log.write(folder)
        } else if case .absent = StoreLog.read(folder), try !Station.keepsLog(folder) {
            var log = StoreLog()
            log.revoke(entry)
            try log.write(folder)
        }
        try write(entry, folder)
        return entry
    }

    private static func write(_ entry: Entry, _ folder: StateFolder) throws(RecordError) {
        try RecordFile.write(
            RecordCoding.encode(entry) + Data([0x0a]), to: "\(folder.trusted)/\(file(entry.publicKey))")
    }

    private static func file(_ key: PublicKey) -> String { key.fingerprint.replacing(":", with: "") + ".json" }

    /// Whose key this is.
    public func signer(_ key: PublicKey) -> Signer {
        let entry = entries.first { $0.publicKey == key }
        if let entry, entry.revoked != nil { return .revoked(entry.name) }
        if let pins, entry?.role != .factory {
            if let pin = pins.pin(key) { return .pinned(pin.name) }
            if let known = own?.publicKey == key ? own?.name : entry?.name { return .notPinned(known) }
        }
        if let own, own.publicKey == key { return .thisStation(own.name) }
        guard let entry else { return .unknown(fingerprint: key.fingerprint) }
        return entry.role == .factory ? .factory(entry.name) : .station(entry.name)
    }
}

/// Who has signed a record, as far as is known here. The signature itself is right.
public enum Signer: Sendable, Hashable, CustomStringConvertible {
    /// This station.
    case thisStation(String)
    /// A station that is trusted here.
    case station(String)
    /// A station that the installation has pinned.
    case pinned(String)
    /// A station that is trusted in the store, and that the installation has not pinned.
    case notPinned(String)
    /// A maker that is trusted here.
    case factory(String)
    /// Somebody who is trusted no longer.
    case revoked(String)
    /// Nobody known here.
    case unknown(fingerprint: String)

    /// Whether a station's calibrations by it are believed.
    public var isTrustedStation: Bool {
        switch self {
        case .thisStation, .station, .pinned: true
        default: false
        }
    }

    /// For a person.
    public var description: String {
        switch self {
        case .thisStation(let name): "\(name) (this station)"
        case .station(let name): "\(name) (trusted station)"
        case .pinned(let name): "\(name) (pinned station)"
        case .notPinned(let name): "\(name), which is NOT PINNED by this installation"
        case .factory(let name): "\(name) (trusted factory)"
        case .revoked(let name): "\(name), REVOKED"
        case .unknown(let fingerprint): "unknown key \(fingerprint)"
        }
    }
}
