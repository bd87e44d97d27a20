/// What is known about a link's blocks, in order: `GET /v1/links/ID/blocks?after=POSITION`.
public struct AgentBlocksDocument: Codable, Sendable, Hashable {
    /// One thing.
    public struct Item: Codable, Sendable, Hashable {
        /// Its place, which grows and is never used twice.
        public var position: WideNumber
        /// `block`, `release`, `gap`, `window`, `orphaned`, `suspect` or `state`.
        public var kind: String
        /// Sixteen hexadecimal digits.
        public var session: String?
        /// The cell, or the first of several.
        public var cell: WideNumber?
        /// How many cells, if it is not about one.
        public var cells: WideNumber?
        /// Of a block: its ciphertext.
        public var bytes: WideNumber?
        /// Of a block: SHA-256 over header and tag, 64 hexadecimal digits.
        public var digest: String?
        /// Of a block: whether its ciphertext is still here.
        public var hasCiphertext: Bool?
        /// Of a block: whether its key is still here.
        public var hasKey: Bool?
        /// Of a window: its ordinal.
        public var window: WideNumber?
        /// Of a window, `released` or `revoked`; of a gap or a state, which.
        public var outcome: String?
        /// Why.
        public var reason: String?

        /// One thing.
        public init(position: WideNumber, kind: String, session: String? = nil) {
            self.position = position
            self.kind = kind
            self.session = session
        }
    }

    /// The link.
    public var link: String
    /// In order, some hundred at most.
    public var items: [Item]
    /// What to ask for next: `after` of the next request.
    public var next: WideNumber
    /// The newest position that there is.
    public var newest: WideNumber

    /// Blocks of a link.
    public init(link: String, items: [Item], next: WideNumber, newest: WideNumber) {
        self.link = link
        self.items = items
        self.next = next
        self.newest = newest
    }
}

/// The evidence windows of a link: `GET /v1/links/ID/windows`.
public struct AgentWindowsDocument: Codable, Sendable, Hashable {
    /// A quantity and the limits that were fixed before the session.
    public struct Judged: Codable, Sendable, Hashable {
        /// `docs/raw-key.md` has the table of names and units.
        public var name: String
        /// Null if it could not be had, which does not pass.
        @ExplicitNull public var value: Double?
        /// Its standard deviation.
        @ExplicitNull public var sigma: Double?
        /// Lower limit.
        @ExplicitNull public var lower: Double?
        /// Upper limit.
        @ExplicitNull public var upper: Double?
        /// Whether it lies between them.
        public var passes: Bool

        /// A judged quantity.
        public init(name: String, value: Double, sigma: Double, lower: Double, upper: Double, passes: Bool) {
            self.name = name
            self.value = value.finite
            self.sigma = sigma.finite
            self.lower = lower.finite
            self.upper = upper.finite
            self.passes = passes
        }
    }

    /// One window.
    public struct Window: Codable, Sendable, Hashable {
        /// Sixteen hexadecimal digits.
        public var session: String
        /// Counted from 0 in the session.
        public var ordinal: WideNumber
        /// Its first cell.
        public var firstCell: WideNumber
        /// How many cells.
        public var cells: WideNumber
        /// Cells that both ends hold.
        public var held: WideNumber
        /// `released`, `revoked` or `open`. Released means that the evidence rule passed, not "secure".
        public var outcome: String
        /// Why keys were destroyed; null if they were not.
        @ExplicitNull public var reason: String?
        /// What was judged, of both ends.
        public var judged: [Judged]
        /// The record of both ends' signed statements: protobuf `WindowRecord`, base64.
        @ExplicitNull public var record: String?

        /// A window.
        public init(
            session: String, ordinal: WideNumber, firstCell: WideNumber, cells: WideNumber, held: WideNumber,
            outcome: String, reason: String?, judged: [Judged], record: String?
        ) {
            self.session = session
            self.ordinal = ordinal
            self.firstCell = firstCell
            self.cells = cells
            self.held = held
            self.outcome = outcome
            self.reason = reason
            self.judged = judged
            self.record = record
        }
    }

    /// The link.
    public var link: String
    /// Oldest first, some hundred at most.
    public var windows: [Window]

    /// Windows of a link.
    public init(link: String, windows: [Window]) {
        self.link = link
        self.windows = windows
    }
}
