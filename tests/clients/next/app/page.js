"use client";

import { useEffect } from "react";
import { checkout } from "../lib/prices";

export default function Page() {
  useEffect(() => {
    window.checkout = () => {
      setTimeout(() => checkout([{ article: "teapot", pieces: 2 }, { article: "kettle", pieces: 1 }]), 0);
    };
  }, []);
  return <h1>Shop</h1>;
}
