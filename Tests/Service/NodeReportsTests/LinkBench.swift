import CalibrationRecords
import Foundation
import LinkOperation
import UnitControl
import UnitEmulator
import UnitProtocol
import UnitTransport
import VirtualTime

/// Whole runs of a link on an emulated pair in this process, in virtual time, with a store of records beside them.
final class LinkBench: Sendable {
    /// Units of the same process.
    private struct Finder: UnitFinder {
        let pair: EmulatedPair

        func open(_ selector: UnitSelector) async throws(UnitError) -> any UnitTransport {
            let unit = selector.serialNumber == pair.alice.configuration.serial ? pair.alice : pair.bob
            do throws(TransportError) { return try InProcessPort(unit) } catch { throw .transport(error) }
        }

        func reset(_ selector: UnitSelector) async throws(UnitError) -> Bool { false }
    }

    let units: LinkUnits
    let records: StateFolder
    private let pair: EmulatedPair
    private let folder: String

    init(seed: UInt64) async throws {
        var configuration = PairConfiguration(model: PairModel(seed: seed))
        configuration.warmUpTime = 0.5
        let pair = EmulatedPair.test(configuration)
        let finder = Finder(pair: pair)
        func open(_ serial: String) async throws -> UnitControl.Unit {
            try await .connect(try await finder.open(.anywhere(serial: serial)), hostName: "test", clock: .test)
        }
        units = LinkUnits(
            alice: try await open(pair.alice.configuration.serial), bob: try await open(pair.bob.configuration.serial))
        self.pair = pair
        folder = "/tmp/cvqkd-document-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        records = StateFolder(folder + "/records")
    }

    deinit {
        pair.stop()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// A run that ends by itself after its duration.
    func run(_ change: (inout LinkRequest) -> Void) async throws -> LinkOutcome {
        var request = LinkRequest(.test, records: records)
        (request.electronicNoiseSamples, request.symbolRate, request.duration) = (20_000, 100_000, .seconds(2))
        change(&request)
        let names = LinkSelectors(
            alice: .anywhere(serial: units.alice.identity.serial), bob: .anywhere(serial: units.bob.identity.serial))
        let run = LinkRun(
            request, on: units, named: names, until: EndRequest(clock: .test),
            LinkRun.Surroundings(
                finder: Finder(pair: pair), hostName: "test", sessions: RunningSessions(only: folder), command: "test",
                clock: .test))
        return try await run.perform()
    }

    /// Makes a station, and records of Bob, of Alice and of the pair that hold for an hour, each as `change` leaves it.
    @discardableResult
    func calibrate(_ change: (inout CalibrationRecord) -> Void = { _ in }) throws -> CalibrationStore {
        _ = try Station.make(name: "rig", operatorName: "kim", in: records, now: Date())
        let store = CalibrationStore(records)
        for procedure in [CalibrationRecord.Procedure.bob, .alice, .pair] {
            var record = record(procedure)
            change(&record)
            _ = try store.add(record)
        }
        return store
    }

    private func record(_ procedure: CalibrationRecord.Procedure) -> CalibrationRecord {
        // JSON has whole seconds.
        let now = Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        let (alice, bob) = (
            CalibrationRecord.UnitDescription(units.alice.identity),
            CalibrationRecord.UnitDescription(units.bob.identity)
        )
        var record = CalibrationRecord(
            procedure: procedure, started: now - 60, ended: now - 1, operatorName: "kim", station: "", program: "test",
            units: procedure == .alice ? [alice] : procedure == .bob ? [bob] : [bob, alice],
            phases: [
                .init(
                    name: "shotNoise", started: now - 60, duration: 59,
                    measurements: [
                        RecordedMeasurement(
                            "clearance", value: 10.41, sigma: 0.02, unit: "dB",
                            limits: AcceptanceLimits(minimum: 8, marginalMinimum: 10))
                    ])
            ])
        record.validity = Validity(
            expires: now + 3_600, reason: "policy", windows: [], firmware: [bob.serial: bob.firmware])
        return record
    }

    /// V_on and V_off of the emulator's defaults, as sums of so many samples in each quadrature: N0 = 10,000 LSB²,
    /// v_el = 0.1, and 1/12 LSB² of quantisation. `scale` multiplies both; `power` is the local oscillator's over its 10 mW.
    static func sums(
        samples: Int64 = 50_000_000, scale: Double = 1, power: Double = 1
    ) -> [CalibrationRecord.RawSums] {
        [("vacuum", 1_000.083 + 10_000 * power, power * 10e-3 as Double?), ("dark", 1_000.083, nil)].flatMap {
            kind, variance, power in
            ["x", "p"].map { quadrature in
                .init(
                    kind: kind, quadrature: quadrature, samples: samples, sum: 0,
                    sumOfSquares: Int64(scale * variance * Double(samples)), clipped: 0, localOscillatorPower: power)
            }
        }
    }
}
