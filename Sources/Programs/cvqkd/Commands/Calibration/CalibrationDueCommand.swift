import ArgumentParser
import Calibration
import CalibrationRecords
import Foundation
import LocalUnits
import NodeReports
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
            reports it). A newest calibration that failed is due, whatever was before it. Units are dark between sessions: what \
            belongs to the light, such as the local oscillator's power, is named as not judged then; 'link start' judges \
            it. What cannot be read otherwise counts as due. Exit code 0 if nothing is due, 13 if something is.

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
    @OptionGroup var trust: PinOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard alice != nil || bob != nil else { throw ValidationError("Name --alice, --bob, or both.") }
        guard (transmittance == nil) == (transmittanceSigma == nil) else {
            throw ValidationError("--transmittance and --transmittance-sigma belong together.")
        }
    }

    func run() async throws {
        let contents = try store.calibrations(trust).contents()
        var present: [PresentUnit] = []
        if let alice { present.append(try await Self.look(alice, .alice)) }
        if let bob { present.append(try await Self.look(bob, .bob)) }
        let latest = transmittance.flatMap { value in transmittanceSigma.map { (value: value, sigma: $0) } }
        let now = Date()
        let reasons = RecalibrationTriggers.reasons(contents, present: present, transmittance: latest, now: now)
        let document = DueDocument(
            reasons: reasons, notJudged: RecalibrationTriggers.unseen(contents, present: present, now: now),
            damage: contents.damage.map(\.description))
        try Output.show(document.text, json: document, if: output.json)
        guard reasons.isEmpty else {
            throw CommandFailure(
                .outsideLimits, Self.remedies(reasons, alice, bob).joined(separator: ". "))
        }
    }

    /// What helps, each in a sentence.
    private static func remedies(
        _ reasons: [RecalibrationReason], _ alice: UnitSelector?, _ bob: UnitSelector?
    ) -> [String] {
        var remedies: [String] = []
        // First: no record that is made by a wrong clock helps, and with the right one these may hold.
        if reasons.contains(where: { $0.cause == .clock }) {
            remedies.append(
                "set this machine's clock first: it shows a time before a record's end, and a calibration made now would be dated wrongly"
            )
        }
        let repeated = remedy(
            reasons.filter { !$0.cause.wantsExplanation && $0.cause != .clock }, alice, bob)
        if !repeated.isEmpty { remedies.append("calibration is due; \(repeated) repeats it") }
        for name in Set(reasons.filter(\.cause.wantsExplanation).compactMap(\.record)).sorted() {
            remedies.append(
                "what has changed since the commissioning wants an explanation: "
                    + "\(SuggestedCommand.explainRecord(String(name.prefix(12))))")
        }
        if reasons.contains(where: { $0.cause == .damagedFile }) {
            remedies.append(
                "\(SuggestedCommand.verifyStore) shows what is damaged; a backup mends it, or a new calibration and then "
                    + "\(SuggestedCommand.setAside)")
        }
        return remedies
    }

    /// The commands that make what is due, in the order in which one rests on the other.
    private static func remedy(_ reasons: [RecalibrationReason], _ alice: UnitSelector?, _ bob: UnitSelector?) -> String
    {
        let due = Set(reasons.map(\.procedure))
        var commands: [String] = []
        if due.contains(.bob), let bob { commands.append(SuggestedCommand.calibrateBob(.unit("\(bob)")).description) }
        if due.contains(.alice), let alice {
            commands.append(SuggestedCommand.calibrateAlice(.unit("\(alice)")).description)
        }
        if due.contains(.pair), let alice, let bob {
            commands.append(
                SuggestedCommand.calibratePair(alice: .unit("\(alice)"), bob: .unit("\(bob)")).description)
        }
        return commands.joined(separator: ", then ")
    }

    private static func look(_ selector: UnitSelector, _ role: UnitRole) async throws -> PresentUnit {
        try await LocalUnitFinder(task: "calibration due").withUnit(selector, access: .observe) { unit in
            let identity = unit.identity
            guard identity.role == role else {
                throw UnitError.wrongRole(needed: role, found: identity.role, serial: identity.serial)
            }
            return try await PresentUnit(reading: unit)
        }
    }
}

extension RecalibrationReason.Cause {
    /// Whether a person who says what changed is wanted, and no new calibration.
    var wantsExplanation: Bool { self == .changed || self == .transmitterStronger }
}

extension DueDocument {
    /// For people.
    var text: Page {
        let dark = notJudged.map { "not judged in the dark: \($0)" }
        let warning = damage.map { "DAMAGED  \($0)" } + dark
        guard isDue else { return (warning + ["nothing is due"]).lines }
        var table = Table([
            .init("UNIT"), .init("CALIBRATION"), .init("CAUSE"), .init("EVIDENCE", wraps: true),
            .init("RECORD", .left, .useful),
        ])
        for reason in reasons {
            table.rows.append([
                reason.unit, reason.procedure.rawValue, reason.cause.rawValue, reason.evidence,
                reason.record.map { String($0.prefix(12)) } ?? "–",
            ])
        }
        return warning.isEmpty ? table.text : "\(warning.lines)\n\(table)"
    }
}
