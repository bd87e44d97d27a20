import Calibration
import CalibrationRecords
import ExternalInstruments
import Foundation
import UnitControl

/// The step of the bare fibre: light read back, units uncoupled, loss and return loss entered or imported, coupled again.
struct CommissioningFibre: Sendable {
    let steps: CommissioningSteps

    private var options: CommissioningOptions { steps.session.command }
    private var live: LiveLine { steps.session.live }

    func measure() async throws -> CalibrationRecord {
        try await showDark(before: "uncoupling the fibre")
        let isAsked = Questions.areAnswered && !options.yes
        let questions = Questions(interruption: steps.session.interruption)
        if !options.fibre.disconnected {
            guard isAsked else {
                throw CommandFailure(
                    .usage,
                    "nobody can be asked here: measure the fibre with both units disconnected, couple it again, and confirm with --disconnected"
                )
            }
            guard try questions.confirm("Both units are dark. Uncouple the fibre at BOTH ends. Is it uncoupled?") else {
                throw CommandFailure(.interrupted, "the fibre was not measured")
            }
        }
        let fibre = try known() ?? asked(questions, isAsked)
        if !options.fibre.disconnected {
            // Somebody may have switched a unit off and on meanwhile.
            try await showDark(before: "coupling the fibre")
            guard try questions.confirm("Clean the connectors and couple the fibre at both ends. Is it coupled?") else {
                throw CommandFailure(.interrupted, "the fibre was not coupled; its loss was not kept")
            }
        }
        return fibre.record(
            steps.session.context, bob: CalibrationRecord.UnitDescription(steps.bob.identity),
            alice: CalibrationRecord.UnitDescription(steps.alice.identity), at: Date())
    }

    private func showDark(before what: String) async throws {
        try await KnownLight.showDark([steps.alice, steps.bob], before: what, live)
    }

    private func known() throws -> FibreMeasurement? {
        if let path = options.fibre.otdr { return try Self.imported(path) }
        guard let loss = options.fibre.loss else { return nil }
        return FibreMeasurement(
            loss: loss, lossSigma: options.fibre.sigma, returnLoss: options.fibre.returnLoss, source: .entered)
    }

    private func asked(_ questions: Questions, _ isAsked: Bool) throws -> FibreMeasurement {
        guard isAsked else {
            throw CommandFailure(
                .usage, "the fibre's loss is missing: --fibre-loss DB (and --orl DB), or --otdr FILE.sor")
        }
        while true {
            guard let answer = try questions.ask("Loss of the fibre in dB, or an OTDR's file (.sor):") else {
                throw CommandFailure(.interrupted, "no answer")
            }
            if let loss = Double(answer.replacing(",", with: ".")), (0...60).contains(loss) {
                let returnLoss = try questions.number(
                    "Optical return loss in dB (empty if unknown):", 0...90, optional: true)
                return FibreMeasurement(
                    loss: loss, lossSigma: options.fibre.sigma, returnLoss: returnLoss, source: .entered)
            }
            do { return try Self.imported(answer) } catch { live.note(CommandFailure(any: error).message) }
        }
    }

    /// Loss from an OTDR's file. σ: 0.03 dB per dB is the linearity that makers state (a limit, so /√3), and 0.05 dB for
    /// where the OTDR sets its markers.
    static func imported(_ path: String) throws -> FibreMeasurement {
        let file = try OTDRFile.read(path)
        guard let loss = file.totalLoss ?? file.lossOfEvents else {
            throw CommandFailure(
                .failure,
                "\(path) states no loss and no end of the fibre. Set the end marker on the OTDR, or enter the loss")
        }
        var remarks = file.remarks.map { "OTDR: \($0)" }
        switch file.checksum {
        case .matches: break
        case .differs: remarks.append("OTDR: the file's checksum is wrong (changed, or counted in its maker's own way)")
        case .absent: remarks.append("OTDR: the file has no checksum")
        }
        if file.totalLoss == nil { remarks.append("OTDR: the loss is what its events add up to") }
        remarks.append(
            "OTDR: measured \(file.acquisition.time.formatted(.iso8601)) at \(String(format: "%.1f", file.acquisition.wavelength * 1e9)) nm"
        )
        return FibreMeasurement(
            loss: loss, lossSigma: hypot(0.03 * loss / 3.0.squareRoot(), 0.05), returnLoss: file.returnLoss,
            length: file.length, source: .instrument,
            instrument: CalibrationRecord.InstrumentDescription(
                kind: "otdr", identification: file.instrument.identification), remarks: remarks)
    }
}
