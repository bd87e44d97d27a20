import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import UnitControl
import UnitProtocol
import UnitTransport

struct CalibrationDueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "due",
        abstract: "Says which calibrations are due, and what shows it.",
        discussion: """
            Compares the station's records with the units as they are now: time, temperatures, power of the local oscillator, \
            firmware, maintenance, and the channel's loss if --transmittance gives the latest T (as 'link start --json' \
            reports it). Windows of temperature and power are looked at with the light on; in the dark they cannot be read, \
            which counts as due. Exit code 0 if nothing is due, 13 if something is.

            EXAMPLES:
              cvqkd calibration due --bob B-0001
              cvqkd calibration due --alice A-0001 --bob B-0001 --transmittance 0.316 --transmittance-sigma 0.001 --json
            """)

    @Option(help: "Alice: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var alice: UnitSelector?

    @Option(help: "Bob: usb:SERIAL, serial:/dev/PATH[@BAUD], or SERIAL.", transform: Selectors.read)
    var bob: UnitSelector?

    @Option(help: "The latest estimate of the channel's T.")
    var transmittance: Double?

    @Option(help: "Its standard uncertainty.")
    var transmittanceSigma: Double?

    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard alice != nil || bob != nil else { throw ValidationError("Name --alice, --bob, or both.") }
        guard (transmittance == nil) == (transmittanceSigma == nil) else {
            throw ValidationError("--transmittance and --transmittance-sigma belong together.")
        }
    }

    func run() async throws {
        let contents = try RecordKeeper(store).contents()
        var present: [PresentUnit] = []
        for selector in [alice, bob].compactMap({ $0 }) { present.append(try await Self.look(selector)) }
        let latest = transmittance.flatMap { value in transmittanceSigma.map { (value: value, sigma: $0) } }
        let reasons = RecalibrationTriggers.reasons(
            records: contents.records.map { NamedRecord(name: $0.name, record: $0.record) }, present: present,
            transmittance: latest, now: Date())
        let document = DueDocument(
            isDue: !reasons.isEmpty, reasons: reasons, damage: contents.damage.map(\.description))
        try Output.show(document.text, json: document, if: output.json)
        guard reasons.isEmpty else {
            throw CommandFailure(.outsideLimits, "calibration is due; 'cvqkd calibrate' repeats it")
        }
    }

    private static func look(_ selector: UnitSelector) async throws -> PresentUnit {
        let unit = try await UnitOpener.connect(selector, access: .observe, task: "calibration due")
        do {
            let readings = try await unit.telemetry()
            await unit.close()
            let fresh = readings.filter { $0.value.isFinite && !$0.isStale }
            return PresentUnit(
                CalibrationRecord.UnitDescription(unit.identity),
                telemetry: Dictionary(fresh.map { ($0.name, $0.value) }) { first, _ in first })
        } catch {
            await unit.close()
            throw error
        }
    }
}

/// What is due, as a table and as JSON.
struct DueDocument: Encodable {
    let isDue: Bool
    let reasons: [RecalibrationReason]
    /// What is wrong with the store: a damaged record cannot say that it is due.
    let damage: [String]

    var text: String {
        let warning = damage.map { "DAMAGED  \($0)" }
        guard isDue else { return (warning + ["nothing is due"]).joined(separator: "\n") }
        var table = Table([.init("UNIT"), .init("CALIBRATION"), .init("CAUSE"), .init("EVIDENCE"), .init("RECORD")])
        for reason in reasons {
            table.rows.append([
                reason.unit, reason.procedure.rawValue, reason.cause.rawValue, reason.evidence,
                reason.record.map { String($0.prefix(12)) } ?? "–",
            ])
        }
        return (warning + [table.text]).joined(separator: "\n")
    }
}
