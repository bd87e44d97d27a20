import Foundation
import LinkOperation
import ReadableText
import SignalRecordings
import UnitControl
import UnitRecordings

extension CommandFailure {
    /// Why work with one unit did not end as it was wished.
    init(_ failure: UnitRunFailure) {
        switch failure {
        case .unit(let error): self.init(any: error)
        case .journal(let fault): self.init(fault)
        case .account(let counters) where counters.contradictedFrames > 0:
            self.init(.loss, "\(failure). Its firmware is at fault; \(SuggestedCommand.conformance(.any)) shows where")
        case .account:
            self.init(.loss, "the symbols do not add up: the unit's firmware or this program is at fault")
        case .unconfirmed:
            self.init(
                .loss,
                "\(failure). What came is in the report, and what the unit lost is not known for certain; \(SuggestedCommand.conformance(.any)) shows where its firmware is at fault"
            )
        case .refused(let counters):
            self.init(
                .loss,
                "\(counters.refusalWords), \(NumberText.count(counters.refusedSymbols)) symbols. The unit's firmware is at fault, or it streams for another session; \(SuggestedCommand.conformance(.any)) shows where"
            )
        case .cannotSum(let serial):
            self.init(.refused, "\(serial) cannot sum by itself: leave --moments away")
        case .notOfRole(let fraction, _):
            self.init(.usage, "\(failure). Leave --\(fraction.rawValue)-fraction away")
        case .noReference:
            self.init(.usage, "\(failure). A longer --duration, fewer --reference-windows or --window-samples would do")
        case .ended: self.init(.interrupted, "ended on request; the unit was told to go dark")
        }
    }

    /// Why samples could not be recorded.
    init(_ failure: LiveRecordingFailure) {
        switch failure {
        case .unit(let error): self.init(any: error)
        case .link(let error): self.init(any: error)
        case .journal(let fault): self.init(fault)
        case .file(let error): self.init(any: error)
        case .analysis(let error): self.init(any: error)
        case .folder(let path, let code): self = Self.folder(path, code)
        case .noShutter(let serial):
            self.init(
                .refused,
                "\(serial) has no shutter: uncouple the fibre, cap the input, bring the light up, and record --kind capture"
            )
        case .noDisclosure(let serial):
            self.init(.refused, "\(serial) does not deliver what Alice discloses: nothing is known to both")
        case .deserted(let desertion): self.init(desertion)
        case .ended: self.init(.interrupted, "ended on request before there was a recording")
        }
    }

    /// Why a folder cannot be made.
    static func folder(_ path: String, _ code: Int32) -> CommandFailure {
        let reason = String(cString: strerror(code))
        return switch code {
        case ENOTDIR: CommandFailure(.failure, "\(path) is there and is not a folder. Choose another folder")
        case ENOSPC, EDQUOT: CommandFailure(.failure, "\(path): the disk is full. No folder was made")
        case EACCES, EPERM, EROFS: CommandFailure(.noPermission, "the folder \(path) may not be made: \(reason)")
        default: CommandFailure(.failure, "the folder \(path) cannot be made: \(reason). Choose another folder")
        }
    }
}
