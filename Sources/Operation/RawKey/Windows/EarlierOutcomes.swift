internal import CalibrationRecords
internal import Foundation
internal import LinkControl

/// What one end tells the other about earlier sessions when they meet again: keys that it released and lost, and windows that it
/// revoked. The other end may have released the same, and cannot know.
struct EarlierOutcomes: Equatable {
    /// Released, and gone before anybody took the key.
    var lost: [LostCells]
    /// Ordinals of revoked windows, by session.
    var revoked: [UInt64: [UInt64]]

    /// Nothing to tell.
    var isEmpty: Bool { lost.isEmpty && revoked.isEmpty }

    /// As JSON. Numbers of 64 bits are texts.
    private struct Statement: Codable {
        struct Session: Codable {
            var session: String
            /// First and last cell of each interval.
            var cells: [[String]]?
            /// Windows.
            var windows: [String]?
        }

        var link: String
        var lost: [Session]
        var revoked: [Session]
    }

    private static let context = Data("cvqkd.rawkey.v1 outcomes\n".utf8)
    /// Intervals of a statement, bytes of one, and cells that one may name.
    private static let (mostIntervals, mostBytes, mostCells) = (1_024, 65_536, 1 << 20)

    /// This end's signed word.
    func signed(link: String, key: NodeKey) throws(RecordError) -> ReleaseStatement {
        var left = Self.mostIntervals
        let lost = lost.map { lost in
            let intervals = lost.intervals.prefix(left)
            left -= intervals.count
            return Statement.Session(
                session: String(lost.session), cells: intervals.map { [String($0.lowerBound), String($0.upperBound)] })
        }
        let revoked = revoked.sorted { $0.key < $1.key }.map {
            Statement.Session(session: String($0.key), windows: $0.value.map(String.init))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        // Texts always have a text.
        let bytes = (try? encoder.encode(Statement(link: link, lost: lost, revoked: revoked))) ?? Data()
        return ReleaseStatement(step: .outcomes, bytes: bytes, signature: try key.sign(Self.context + bytes))
    }

    /// What the other end says; nil if it is not signed by one of the keys, is about another link, or cannot be read.
    init?(_ step: ReleaseStatement, link: String, keys: [PublicKey]) {
        let bytes = Data(step.bytes)
        guard bytes.count <= Self.mostBytes,
            keys.contains(where: { $0.verifies(Data(step.signature), of: Self.context + bytes) }),
            let statement = try? JSONDecoder().decode(Statement.self, from: bytes), statement.link == link
        else { return nil }
        (lost, revoked) = ([], [:])
        var left = Self.mostCells
        for session in statement.lost {
            guard let number = UInt64(session.session), let cells = Self.cells(session.cells ?? [], &left) else {
                return nil
            }
            lost.append(LostCells(session: number, cells: cells))
        }
        for session in statement.revoked {
            let windows = (session.windows ?? []).map { UInt64($0) }
            guard let number = UInt64(session.session), !windows.contains(nil) else { return nil }
            revoked[number, default: []] += windows.compactMap { $0 }
        }
    }

    init(lost: [LostCells], revoked: [UInt64: [UInt64]] = [:]) { (self.lost, self.revoked) = (lost, revoked) }

    private static func cells(_ intervals: [[String]], _ left: inout Int) -> [UInt64]? {
        var cells: [UInt64] = []
        for ends in intervals {
            guard ends.count == 2, let first = UInt64(ends[0]), let last = UInt64(ends[1]), first <= last,
                last - first < UInt64(left)
            else { return nil }
            left -= Int(last - first) + 1
            cells += first...last
        }
        return cells
    }
}
