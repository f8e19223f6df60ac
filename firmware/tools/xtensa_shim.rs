/// Type-checks the operands of inline assembly and makes none.
///
/// Takes one operand after the other and remembers, in the first brackets, what it does to the program's
/// values: an input is looked at, an output is given some value.
#[macro_export]
#[stable(feature = "asm", since = "1.59.0")]
#[doc(hidden)]
macro_rules! __shim_asm {
    // Nothing left: do what was remembered, in a place that must be `unsafe`.
    (@next [$($did:tt)*] $(,)?) => {{ $crate::arch::__shim_unsafe(); $($did)* }};
    (@next [$($did:tt)*] , $($rest:tt)*) => { $crate::__shim_asm!(@next [$($did)*] $($rest)*) };
    (@next [$($did:tt)*] #[$($attribute:tt)*] $($rest:tt)*) => {
        $crate::__shim_asm!(@next [$($did)*] $($rest)*)
    };

    // Options: only `noreturn` matters to types.
    (@next [$($did:tt)*] options($($option:tt)*) $($rest:tt)*) => {
        $crate::__shim_asm!(@options [$($did)*] [$($rest)*] $($option)*)
    };
    (@options [$($did:tt)*] [$($rest:tt)*] noreturn $($option:tt)*) => {
        $crate::__shim_asm!(@next [$($did)* loop {}] $($rest)*)
    };
    (@options [$($did:tt)*] [$($rest:tt)*] $other:tt $($option:tt)*) => {
        $crate::__shim_asm!(@options [$($did)*] [$($rest)*] $($option)*)
    };
    (@options [$($did:tt)*] [$($rest:tt)*]) => { $crate::__shim_asm!(@next [$($did)*] $($rest)*) };
    (@next [$($did:tt)*] clobber_abi($($abi:tt)*) $($rest:tt)*) => {
        $crate::__shim_asm!(@next [$($did)*] $($rest)*)
    };

    // Operands.
    (@next [$($did:tt)*] in($($register:tt)*) $value:expr $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)* $crate::arch::__shim_in(&$value);] $($($rest)*)?)
    };
    (@next [$($did:tt)*] out($($register:tt)*) _ $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)*] $($($rest)*)?)
    };
    (@next [$($did:tt)*] out($($register:tt)*) $place:expr $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)* $place = $crate::arch::__shim_out();] $($($rest)*)?)
    };
    (@next [$($did:tt)*] lateout($($register:tt)*) _ $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)*] $($($rest)*)?)
    };
    (@next [$($did:tt)*] lateout($($register:tt)*) $place:expr $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)* $place = $crate::arch::__shim_out();] $($($rest)*)?)
    };
    (@next [$($did:tt)*] inlateout($($register:tt)*) $($rest:tt)*) => {
        $crate::__shim_asm!(@next [$($did)*] inout($($register)*) $($rest)*)
    };
    (@next [$($did:tt)*] inout($($register:tt)*) $value:expr => _ $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)* $crate::arch::__shim_in(&$value);] $($($rest)*)?)
    };
    (@next [$($did:tt)*] inout($($register:tt)*) $value:expr => $place:expr $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next
            [$($did)* $crate::arch::__shim_in(&$value); $place = $crate::arch::__shim_out();]
            $($($rest)*)?
        )
    };
    (@next [$($did:tt)*] inout($($register:tt)*) $place:expr $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next
            [$($did)* $crate::arch::__shim_in(&$place); $place = $crate::arch::__shim_out();]
            $($($rest)*)?
        )
    };
    (@next [$($did:tt)*] const $value:expr $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)* let _ = $value;] $($($rest)*)?)
    };
    (@next [$($did:tt)*] sym $path:path $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)* $crate::arch::__shim_in(&$path);] $($($rest)*)?)
    };
    (@next [$($did:tt)*] $name:ident = $($rest:tt)*) => {
        $crate::__shim_asm!(@next [$($did)*] $($rest)*)
    };
    // The template, line by line.
    (@next [$($did:tt)*] $template:expr $(, $($rest:tt)*)?) => {
        $crate::__shim_asm!(@next [$($did)*] $($($rest)*)?)
    };
    ($($all:tt)*) => { $crate::__shim_asm!(@next [] $($all)*) };
}

/// The body of a naked function, which never returns in the ordinary way.
#[macro_export]
#[stable(feature = "naked_functions", since = "1.88.0")]
#[doc(hidden)]
macro_rules! __shim_naked_asm {
    ($($all:tt)*) => { loop {} };
}

/// Assembly beside all functions: nothing to check.
#[macro_export]
#[stable(feature = "global_asm", since = "1.59.0")]
#[doc(hidden)]
macro_rules! __shim_global_asm {
    ($($all:tt)*) => {};
}
