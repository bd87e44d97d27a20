internal import RawKeyMessages
internal import SwiftProtobuf

/// Cells without a block, and why.
public struct GapRun: Sendable, Hashable {
    /// Which.
    public var cells: ClosedRange<UInt64>
    /// Why.
    public var cause: GapCause

    /// A gap.
    public init(cells: ClosedRange<UInt64>, cause: GapCause) {
        self.cells = cells
        self.cause = cause
    }

    /// What of it lies in a window; nil if nothing does.
    public func clipped(to window: Range<UInt64>) -> GapRun? {
        let (low, high) = (max(cells.lowerBound, window.lowerBound), min(cells.upperBound &+ 1, window.upperBound))
        return low < high ? GapRun(cells: low...(high - 1), cause: cause) : nil
    }

    var message: Cvqkd_Rawkey_V1_GapCells {
        .with {
            $0.firstCell = cells.lowerBound
            $0.cells = UInt64(cells.count)
            $0.cause = .init(rawValue: Int(cause.rawValue)) ?? .unspecified
        }
    }
}

extension WindowTally {
    var message: Cvqkd_Rawkey_V1_WindowCounts {
        .with {
            $0.attempted = UInt32(clamping: attempted)
            $0.passed = UInt32(clamping: passed)
            $0.revoked = UInt32(clamping: revoked)
            $0.interrupted = UInt32(clamping: interrupted)
            $0.insufficient = UInt32(clamping: insufficient)
        }
    }
}
