internal import DurableFiles
public import Foundation
public import UnitTransport

/// The records of a station: one file each, named by the SHA-256 of its bytes, chained per unit, signed.
///
/// Tamper-evident, not tamper-proof: whoever holds the station's key can write another history. `ChainHeads`, kept
/// elsewhere, show that.
public struct CalibrationStore: Sendable {
    /// Where it is.
    public let folder: StateFolder
    /// The stations that the installation believes; nil if it has pinned none.
    public let pins: StationPins?
    private let lockLimit: Duration
    private let clock: HostClock

    /// The store in `folder`; nothing is read or made yet. A writer waits for another one up to `lockLimit`, and a reader for
    /// a writer, blocking its thread.
    public init(
        _ folder: StateFolder = StateFolder(), pins: StationPins? = nil, lockLimit: Duration = .seconds(10),
        clock: HostClock = .monotonic
    ) {
        self.folder = folder
        self.pins = pins
        self.lockLimit = lockLimit
        self.clock = clock
    }

    func lock(exclusive: Bool) throws(RecordError) -> StoreLock {
        try StoreLock(folder, exclusive: exclusive, limit: lockLimit, clock: clock)
    }

    /// The station that signs, without its secret.
    ///
    /// - Throws: `.noStation`; call it before a long procedure, whose record could not be signed otherwise.
    public func station() throws(RecordError) -> Station { try Station.load(folder) }

    /// The station, if it can sign a record of these units now: its key is there and nobody else's, and their chain has one
    /// end. What would be refused after a long procedure is refused before it.
    public func stationReady(for units: [String] = []) throws(RecordError) -> Station {
        let station = try station()
        try station.checkKey(in: folder)
        if let unit = units.first { _ = try Self.end(of: unit, try contents()) }
        return station
    }

    /// Signs a record, gives it its place at the end of its unit's chain, and stores it. When this returns, it is on the
    /// disk. `sequence`, `previous` and `station` are set here.
    public func add(_ record: CalibrationRecord) throws(RecordError) -> StoredRecord {
        guard let unit = record.units.first?.serial else { throw .noUnit }
        let station = try station()
        try makeFolders()
        let lock = try lock(exclusive: true)
        defer { lock.end() }
        clean()
        return try append(record, unit, station, to: read())
    }

    /// Everything, verified. Damage is part of the result; only a store that cannot be opened at all throws.
    public func contents() throws(RecordError) -> StoreContents {
        let lock = try lock(exclusive: false)
        defer { lock.end() }
        return try read()
    }

    /// Takes over values that a maker has measured and signed. The signed file is kept as it is; a record of this
    /// station that refers to it puts it into the unit's chain.
    ///
    /// - Throws: `.damaged`, `.notAFactoryImport`, `.notAFactoryKey`, and what `add` throws.
    public func importFactory(_ data: Data, file: String, operatorName: String, program: String, now: Date)
        throws(RecordError) -> StoredRecord
    {
        let envelope: Envelope
        switch Envelope.read(data) {
        case .failure(let damaged): throw .damaged(file: file, damage: damaged.damage)
        case .success(let found) where found.count == 1: envelope = found[0]
        case .success: throw .damaged(file: file, damage: .malformed(reason: "more than one record"))
        }
        let values: CalibrationRecord
        switch envelope.record() {
        case .failure(let damaged): throw .damaged(file: file, damage: damaged.damage)
        case .success(let record): values = record
        }
        guard values.procedure == .factory else { throw .notAFactoryImport(procedure: values.procedure.rawValue) }
        guard case .factory(let maker) = try TrustedKeys.load(folder).signer(envelope.signature.publicKey) else {
            throw .notAFactoryKey(fingerprint: envelope.signature.publicKey.fingerprint)
        }
        let station = try station()
        try makeFolders()
        let lock = try lock(exclusive: true)
        defer { lock.end() }
        clean()
        try RecordFile.write(envelope.data(), to: "\(folder.imports)/\(envelope.name).json")
        var record = values
        record.phases = values.phases.map { phase in
            var phase = phase
            phase.measurements = phase.measurements.map { measurement in
                var measurement = measurement
                measurement.source = .factory
                return measurement
            }
            return phase
        }
        record.started = now
        record.ended = now
        record.operatorName = operatorName
        record.program = program
        record.references = [envelope.name]
        record.remarks.append(
            "measured by \(maker), ended \(values.ended.formatted(.iso8601)); signed import \(envelope.name)")
        return try append(record, values.units[0].serial, station, to: read())
    }

    func append(_ record: CalibrationRecord, _ unit: String, _ station: Station, to contents: StoreContents)
        throws(RecordError) -> StoredRecord
    {
        let last = try Self.end(of: unit, contents)
        var (record, station) = (record, station)
        record.sequence = (last?.record.sequence ?? -1) + 1
        record.previous = last?.name
        record.station = station.name
        let envelope = try station.sign(RecordCoding.encode(record), in: folder)
        try RecordFile.write(envelope.data(), to: "\(folder.records)/\(envelope.name).json")
        var log = try noting(contents)
        log.entries.append(StoreLog.Entry(name: envelope.name, record: StoreLog.Identity(record)))
        try log.write(folder)
        try station.keepLog(folder)
        // What was stored is what is returned: times are rounded to milliseconds in it.
        switch envelope.record() {
        case .success(let stored):
            return StoredRecord(
                name: envelope.name, record: stored, signer: .thisStation(station.name), envelope: envelope)
        case .failure(let damaged): throw .damaged(file: envelope.name, damage: damaged.damage)
        }
    }

    /// The end of a unit's chain: the record that no other one follows. Nil if there is none.
    private static func end(of unit: String, _ contents: StoreContents) throws(RecordError) -> StoredRecord? {
        let chain = contents.chain(of: unit)
        let followed = Set(chain.compactMap(\.record.previous))
        let ends = chain.filter { !followed.contains($0.name) }.sorted { $0.record.sequence < $1.record.sequence }
        if ends.count > 1, ends[ends.count - 2].record.sequence == ends[ends.count - 1].record.sequence {
            throw .forked(unit: unit, names: ends.suffix(2).map(\.shortName))
        }
        return ends.last
    }

    func makeFolders() throws(RecordError) {
        for path in [folder.path, folder.trusted, folder.records, folder.imports] {
            try RecordFile.makeFolder(path, mode: 0o755)
        }
    }

    /// With the lock held, every temporary file is what a writer left that died.
    func clean() {
        for path in [folder.records, folder.imports] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            where name.hasSuffix(DurableFile.ending) {
                unlink("\(path)/\(name)")
            }
        }
    }

    func read() throws(RecordError) -> StoreContents {
        var contents = StoreContents(trusted: try TrustedKeys.load(folder))
        contents.trusted.pins = pins
        contents.store = folder.path
        let reading = StoreLog.read(folder)
        contents.log = reading.log
        contents.imports = try files(folder.imports, &contents.findings).mapValues(\.envelope)
        let files = try files(folder.records, &contents.findings)
        var records: [String: StoredRecord] = [:]
        for (name, file) in files {
            switch file.envelope.record() {
            case .failure(let damaged):
                contents.findings.append(StoreFinding(name: name, unit: nil, damage: damaged.damage))
            case .success(let record):
                records[name] = StoredRecord(
                    name: name, record: record, signer: contents.trusted.signer(file.envelope.signature.publicKey),
                    envelope: file.envelope)
            }
        }
        contents.records = records.values.sorted {
            ($0.chain, $0.record.sequence, $0.name) < ($1.chain, $1.record.sequence, $1.name)
        }
        let damaged = Set(contents.findings.map(\.name))
        contents.findings += missed(reading, contents.trusted.own, there: damaged.union(records.keys))
        // The log says whose a damaged record was; its own bytes cannot.
        for index in contents.findings.indices {
            contents.findings[index].unit = contents.log.identity(contents.findings[index].name)?.units.first
        }
        contents.findings.sort { $0.name < $1.name }
        contents.findings += ChainCheck(records: records, damaged: damaged, imports: Set(contents.imports.keys))
            .findings()
        contents.markSetAside()
        return contents
    }

    /// The envelopes of a folder by name; damage goes to `findings`.
    private func files(_ path: String, _ findings: inout [StoreFinding]) throws(RecordError) -> [String: (
        envelope: Envelope, data: Int
    )] {
        guard access(path, F_OK) == 0 else { return [:] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw .noPermission(file: path, code: EACCES)
        }
        var found: [String: (envelope: Envelope, data: Int)] = [:]
        for file in names where !file.hasSuffix(DurableFile.ending) {
            let name = file.hasSuffix(".json") ? String(file.dropLast(5)) : file
            switch Self.envelope("\(path)/\(file)", name) {
            case .success(let envelope): found[name] = (envelope, envelope.body.count)
            case .failure(let damaged):
                findings.append(StoreFinding(name: name, unit: nil, damage: damaged.damage))
            }
        }
        return found
    }

    private static func envelope(_ file: String, _ name: String) -> Result<Envelope, DamagedEnvelope> {
        guard file.hasSuffix(".json"), Digest.isName(name) else {
            return .failure(DamagedEnvelope(damage: .strangeFile))
        }
        let data: Data
        do throws(RecordError) {
            data = try RecordFile.read(file, RecordFile.record)
        } catch {
            return .failure(DamagedEnvelope(damage: .unreadable(reason: error.description)))
        }
        // The name is compared first: of a flipped bit, people want to hear that bytes changed, not that the signature
        // failed, which is what a forger leaves behind.
        guard let end = data.firstIndex(of: 0x0a) else { return .failure(DamagedEnvelope(damage: .truncated)) }
        let body = data[..<end]
        let digest = Digest.sha256(Data(body))
        guard data.last == 0x0a, data.count > body.count + 1 else {
            return .failure(DamagedEnvelope(damage: .truncated, body: digest == name ? Data(body) : nil))
        }
        guard digest == name else {
            return .failure(DamagedEnvelope(damage: .digestDiffers(found: digest), body: Data(body)))
        }
        return Envelope.read(data).flatMap {
            $0.count == 1
                ? .success($0[0]) : .failure(DamagedEnvelope(damage: .malformed(reason: "more than two lines")))
        }
    }
}
