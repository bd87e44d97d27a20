/// What somebody may have meant.
enum NearestWord {
    /// The word that is nearest to another, at most two letters away and less than half of it; nil if none is.
    static func of(_ word: String, among words: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let limit = min(2, max(1, word.count / 2))
        return Set(words).map { ($0, distance(word.lowercased(), $0.lowercased())) }.filter { $0.1 <= limit }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Letters to insert, remove, replace, or exchange with their neighbour.
    private static func distance(_ from: String, _ to: String) -> Int {
        let (from, to) = (Array(from), Array(to))
        var rows = [Array(0...to.count)]
        for (i, letter) in from.enumerated() {
            var row = [i + 1]
            for (j, other) in to.enumerated() {
                var best = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == to[j - 1], from[i - 1] == other { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[from.count][to.count]
    }
}
