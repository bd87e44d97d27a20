import CalibrationRecords
import Foundation
import Testing

/// Values that a maker measured and signed.
struct FactoryImportTests {
    private func values() -> CalibrationRecord {
        var record = Samples.bob()
        record.procedure = .factory
        record.validity = nil
        record.phases = [
            .init(
                name: "factory", started: Bench.now, duration: 0,
                measurements: [
                    RecordedMeasurement("detectorEfficiency", value: 0.604, sigma: 0.008, unit: "1", source: .stated)
                ])
        ]
        return record
    }

    private func signed(_ record: CalibrationRecord, by maker: Bench) throws -> Data {
        try Envelope(signing: RecordCoding.encode(record), with: SigningKey(file: "\(maker.path)/station.key")).data()
    }

    private func importFactory(_ data: Data, _ bench: Bench) throws -> StoredRecord {
        try bench.store.importFactory(data, file: "f.cal", operatorName: "kim", program: "test", now: Bench.now + 5)
    }

    @Test func `values of a trusted maker come into the chain, as the factory's`() throws {
        let (bench, maker) = (try Bench(), try Bench())
        let key = try Station.load(maker.folder).publicKey
        _ = try TrustedKeys.add(key, name: "maker", role: .factory, in: bench.folder, now: Bench.now)
        _ = try bench.store.add(Samples.bob())
        let stored = try importFactory(signed(values(), by: maker), bench)
        #expect(stored.record.sequence == 1)
        let contents = try bench.store.contents()
        #expect(contents.findings.isEmpty)
        let value = try #require(contents.factoryValues(of: "B-1").first)
        #expect(value.value == 0.604 && value.sigma == 0.008 && value.source == .factory)
        #expect(contents.factoryValues(of: "B-2").isEmpty)
        _ = try TrustedKeys.revoke("maker", in: bench.folder, now: Bench.now)
        #expect(try bench.store.contents().factoryValues(of: "B-1").isEmpty)
    }

    @Test func `a strange key, another procedure and a broken file are refused, and leave nothing`() throws {
        let (bench, maker) = (try Bench(), try Bench())
        let key = try Station.load(maker.folder).publicKey
        #expect(throws: RecordError.notAFactoryKey(fingerprint: key.fingerprint)) {
            try importFactory(signed(values(), by: maker), bench)
        }
        _ = try TrustedKeys.add(key, name: "maker", role: .factory, in: bench.folder, now: Bench.now)
        #expect(throws: RecordError.notAFactoryImport(procedure: "bob")) {
            try importFactory(signed(Samples.bob(), by: maker), bench)
        }
        var broken = try signed(values(), by: maker)
        broken[50] ^= 1
        #expect(throws: RecordError.damaged(file: "f.cal", damage: .badSignature(fingerprint: key.fingerprint))) {
            try importFactory(broken, bench)
        }
        #expect(try bench.store.contents().records.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(bench.path)/imports").isEmpty)
    }

    @Test(arguments: [
        ("detectorEfficiency", "1", -5.0, 0.008), ("detectorEfficiency", "1", 1.2, 0.008),
        ("detectorEfficiency", "1", 0, 0.008), ("detectorEfficiency", "1", .nan, 0.008),
        ("detectorEfficiency", "1", .infinity, 0.008), ("detectorEfficiency", "1", 1e308, 0.008),
        ("detectorEfficiency", "1", 0.6, -0.1), ("detectorEfficiency", "1", 0.6, .nan),
        ("electronicNoise", "SNU", -0.1, 0.01), ("electronicVariance", "LSB^2", -4, 1),
        ("photodiodeConversion", "A/W", -1, 0.1), ("photodiodeConversion", "A/W", 1e308, 0.1),
        ("commonModeRejection", "dB", 1e308, 1), ("anything", "V", 1e308, 1), ("laserPower", "W", -1e-3, 0),
    ])
    func `what cannot be is refused at every reader, whoever signed it`(
        name: String, unit: String, value: Double, sigma: Double
    ) throws {
        let (bench, maker) = (try Bench(), try Bench())
        _ = try TrustedKeys.add(
            Station.load(maker.folder).publicKey, name: "maker", role: .factory, in: bench.folder, now: Bench.now)
        var record = values()
        var measurement = RecordedMeasurement(name, value: 0.6, sigma: 0.1, unit: unit, source: .stated)
        (measurement.value, measurement.sigma) = (value, sigma)
        record.phases[0].measurements.append(measurement)
        let json = try RecordCoding.encode(record)
        // The maker's own tool, the import, and a record that was put into the store.
        #expect(throws: RecordError.self) { try CalibrationRecord.read(json, file: "f") }
        #expect(throws: RecordError.self) { try importFactory(signed(record, by: maker), bench) }
        let envelope = try Envelope(signing: json, with: SigningKey(file: "\(bench.path)/station.key"))
        try envelope.data().write(to: URL(filePath: "\(bench.path)/records/\(envelope.name).json"))
        let contents = try bench.store.contents()
        #expect(contents.factoryValues(of: "B-1").isEmpty)
        guard case .malformed(let reason)? = contents.refusing.first?.damage else {
            Issue.record("\(contents.findings)")
            return
        }
        #expect(reason.contains(name))
    }

    @Test func `what can be is taken`() throws {
        for (name, unit, value) in [
            ("detectorEfficiency", "1", 1.0), ("commonModeRejection", "dB", 55), ("electronicNoise", "SNU", 0),
            ("photodiodeConversion", "A/W", 0.95), ("commonModeRejection", "dB", -55), ("offset", "V", -0.01),
        ] {
            #expect(RecordedMeasurement(name, value: value, sigma: 0.01, unit: unit).impossibility == nil, "\(name)")
        }
    }
}
