import ArgumentParser
import Calibration

/// The loss of a link, typed for a plan or a comparison: doubted as a commissioning doubts it.
struct LinkLossOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Loss of the link in dB: what is planned for, and of a pair what the session is compared with.",
            valueName: "dB"), transform: Selectors.decibels)
    var loss: Double?

    @Option(
        help: ArgumentHelp(
            "Take the loss in spite of this doubt: \(FibreDoubt.Name.smallLoss.rawValue).", valueName: "doubt"),
        transform: Selectors.doubt)
    var acceptLoss: FibreDoubt.Name?

    func validate() throws {
        guard let loss else { return }
        if loss < 0 { throw ValidationError("--loss: \(AnswerRefusal.negativeLoss(loss)).") }
        guard FibreMeasurement.enteredLoss.contains(loss) else { throw ValidationError("--loss is 0 to 60 dB.") }
        guard let doubt = FibreDoubt(loss: loss), acceptLoss != doubt.name else { return }
        throw ValidationError("--loss: \(doubt). If it is meant, --accept-loss \(doubt.name.rawValue).")
    }
}
