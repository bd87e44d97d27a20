public import Foundation

/// The place and person that sign records: a name and a public key. The secret key stays in its file until something
/// is signed.
public struct Station: Sendable, Hashable, Codable {
    /// Version of this layout.
    public var version = 1
    /// Its name.
    public var name: String
    /// Who works there unless something else is said.
    public var operatorName: String?
    /// Its key.
    public var publicKey: PublicKey
    /// When it was made.
    public var created: Date
    /// Whether its store keeps a log: then one that is missing was taken away. Nil for stations older than the log.
    var keepsLog: Bool?

    /// Makes a key pair and a configuration; never overwrites one.
    ///
    /// - Throws: `.stationExists`, and what the system refuses.
    public static func make(name: String, operatorName: String?, in folder: StateFolder, now: Date)
        throws(RecordError) -> Station
    {
        try RecordFile.makeFolder(folder.path, mode: 0o755)
        for path in [folder.trusted, folder.records, folder.imports] { try RecordFile.makeFolder(path, mode: 0o755) }
        let lock = try StoreLock(folder, exclusive: true)
        defer { lock.end() }
        if let present = try? load(folder) { throw .stationExists(name: present.name, folder: folder.path) }
        // Only a configuration makes a station. A lone key is half of one that a crash ended: no record was signed
        // with it, but somebody may have put it there, so it is used rather than overwritten.
        let key: PublicKey
        if access(folder.keyFile, F_OK) == 0 {
            key = try SigningKey(file: folder.keyFile).publicKey()
        } else {
            key = try SigningKey.make(file: folder.keyFile).publicKey()
        }
        var station = Station(name: name, operatorName: operatorName, publicKey: key, created: now)
        if case .absent = StoreLog.read(folder) { try StoreLog().write(folder) }
        station.keepsLog = true
        try RecordFile.write(RecordCoding.encode(station) + Data([0x0a]), to: folder.stationFile)
        return station
    }

    /// Reads the configuration.
    ///
    /// - Throws: `.noStation`, `.unreadableStation`.
    public static func load(_ folder: StateFolder) throws(RecordError) -> Station {
        guard access(folder.stationFile, F_OK) == 0 else { throw .noStation(folder: folder.path) }
        try folder.requireOneOwner()
        switch RecordCoding.decode(Station.self, from: try RecordFile.read(folder.stationFile, RecordFile.station)) {
        case .success(let station): return station
        case .failure(let fault): throw .unreadableStation(file: folder.stationFile, reason: fault.reason)
        }
    }

    /// Whether there is a station here whose store has to have a log.
    static func keepsLog(_ folder: StateFolder) throws(RecordError) -> Bool {
        do throws(RecordError) { return try load(folder).keepsLog == true } catch .noStation { return false }
    }

    /// Notes that its store keeps a log from now on.
    mutating func keepLog(_ folder: StateFolder) throws(RecordError) {
        guard keepsLog != true else { return }
        keepsLog = true
        try RecordFile.write(RecordCoding.encode(self) + Data([0x0a]), to: folder.stationFile)
    }

    /// Whether its secret key can sign, without signing: it can be read, nobody else can read it, and it is this station's.
    func checkKey(in folder: StateFolder) throws(RecordError) {
        let key = try SigningKey(file: folder.keyFile)
        guard try key.publicKey() == publicKey else { throw .keyDiffers(file: folder.keyFile) }
    }

    /// Signs one line with the station's secret key, which is in memory for that long only.
    func sign(_ body: Data, in folder: StateFolder) throws(RecordError) -> Envelope {
        let key = try SigningKey(file: folder.keyFile)
        guard try key.publicKey() == publicKey else { throw .keyDiffers(file: folder.keyFile) }
        return try Envelope(signing: body, with: key)
    }

    private init(name: String, operatorName: String?, publicKey: PublicKey, created: Date) {
        self.name = name
        self.operatorName = operatorName
        self.publicKey = publicKey
        self.created = created
    }
}
