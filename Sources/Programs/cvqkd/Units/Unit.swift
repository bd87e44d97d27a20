import UnitControl

/// Foundation has a `Unit` too (of measurement), which this program has no use for.
typealias Unit = UnitControl.Unit
