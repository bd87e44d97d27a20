import CalibrationRecords
import Foundation
import LinkOperation
import NodeReports

extension BaselineDocument {
    /// For a person.
    var text: String {
        guard let bobRecord else {
            return "UNPROVEN, compared with its own first windows: " + reasons.joined(separator: "; ")
        }
        let pair = pairRecord.map { ", T of record \($0.name.prefix(12))" } ?? ", T of its own first windows"
        return "record \(bobRecord.name.prefix(12)) of \(bobRecord.ended.formatted(.iso8601))"
            + (bobRecord.emulated ? " (emulated)" : "") + pair
            + (reasons.isEmpty ? "" : "; UNPROVEN: " + reasons.joined(separator: "; "))
    }
}

extension SessionReference.Gap {
    /// What is missing, and the command that mends it.
    var words: String {
        switch self {
        case .store(let error): CommandFailure(any: error).message
        case .unit(let doubt): CommandFailure(doubt).message
        case .damage(let file): file
        case .record(let need): "\(need.reason). \(need.command) makes one"
        case .values(let gap, let bob): "\(gap). \(SuggestedCommand.calibrateBob(.unit(bob))) makes a new one"
        }
    }
}
